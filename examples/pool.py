"""Four threads share out the work; each result is printed as it comes.

It fails in work, in two of its calls; what the other threads did is not lost.
Change   (number % 4)   to   (number % 4 or 1)   in work.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

lock = threading.Lock()
started = 0


def work(number):
    with lock:
        global started
        started += 1
    return 100 // (number % 4)


def main():
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(work, range(8)))
    print("results:", *results)
    print(f"work was started {started} times for {len(results)} results")


if __name__ == "__main__":
    main()
