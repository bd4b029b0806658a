"""Orders come from a generator, one at a time, and are summed up by customer.

It fails in parse at the third order; the two before it are not read again.
Change   row["amount"]   to   row["amount"].replace(",", "")   in parse.
"""

ORDERS = """\
customer,amount
ann,10
bob,25
ann,1,000
carl,3
"""


def rows(text):
    lines = iter(text.splitlines())
    names = next(lines).split(",")
    for number, line in enumerate(lines, 1):
        print(f"reading order {number}", flush=True)
        yield dict(zip(names, line.split(",", 1)))


def parse(row):
    return row["customer"], int(row["amount"])


def totals(pairs):
    found = {}
    for customer, amount in pairs:
        found[customer] = found.get(customer, 0) + amount
    return found


def main():
    for customer, amount in totals(parse(row) for row in rows(ORDERS)).items():
        print(f"{customer}: {amount}")


if __name__ == "__main__":
    main()
