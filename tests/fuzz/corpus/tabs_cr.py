class A:
	def f(self):
		"d"; x
		y
