# hr: origin dle''
