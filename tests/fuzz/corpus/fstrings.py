def f(a):
  x = f"{a["b"]:{w}.{p}}{f'{a!r}'}"; y = rf'\{a}'
  return f"""{
x # }
}"""
