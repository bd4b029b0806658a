"""What other threads run: see test_stop.py."""

POOL_PASSES = {
    'coroutine_of_another_thread': '''
        import asyncio, threading
        async def work():
            await asyncio.sleep(0.1)
            fail()
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            asyncio.run_coroutine_threadsafe(work(), loop).result()
        except Boom:
            pass
        async def main():
            try:
                await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work(), loop))
            except Boom:
                pass
        asyncio.run(main())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        ''',
    'executor_of_a_loop': '''
        import asyncio, time
        def slow():
            time.sleep(0.1)
            fail()
        async def main():
            try:
                await asyncio.get_running_loop().run_in_executor(None, slow)
            except Boom:
                pass
            try:
                await asyncio.to_thread(slow)
            except Boom:
                pass
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(asyncio.to_thread(slow))
            except* Boom:
                pass
            await asyncio.to_thread(slow)
        try:
            asyncio.run(main())
        except Boom:
            pass
        ''',
    'result_of_a_pool': '''
        import time
        from concurrent.futures import ThreadPoolExecutor
        def slow(*_):
            time.sleep(0.1)
            fail()
        def last():
            return pool.submit(slow).result()
        def second(number):    # it fails while the first one is waited for
            time.sleep(0.3 - number / 5)
            return number and fail()
        with ThreadPoolExecutor(4) as pool:
            try:
                pool.submit(slow).result(timeout=9)
            except Boom:
                pass
            assert type(pool.submit(slow).exception()) is Boom
            try:
                list(pool.map(second, range(2)))
            except Boom:
                pass
            try:
                pool.submit(last).result()
            except Boom:
                pass
        ''',
    'result_of_a_pool_of_multiprocessing': '''
        import time
        from multiprocessing.pool import ThreadPool
        def slow(*_):
            time.sleep(0.1)
            fail()
        with ThreadPool(2) as pool:
            for call in (lambda: pool.apply(slow), lambda: pool.map(slow, range(1)),
                         lambda: pool.apply_async(slow).get(9),
                         lambda: list(pool.imap(slow, range(1)))):
                try:
                    call()
                except Boom:
                    pass
        ''',
}

POOL_STOPS = {
    'coroutine_of_another_thread': '''
        import asyncio, threading
        async def work():
            await asyncio.sleep(0.1)
            fail()
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        try:
            asyncio.run_coroutine_threadsafe(work(), loop).result()
        except KeyError:
            pass
        ''',
    'executor_of_a_loop': '''
        import asyncio, time
        def slow():
            time.sleep(0.1)
            fail()
        async def main():
            try:
                await asyncio.to_thread(slow)
            except KeyError:
                pass
        asyncio.run(main())
        ''',
    'group_around_a_thread': '''
        import asyncio, time
        def slow():
            time.sleep(0.1)
            fail()
        async def main():
            async with asyncio.TaskGroup() as group:
                group.create_task(asyncio.to_thread(slow))
        try:
            asyncio.run(main())
        except Boom:
            pass
        ''',
    'result_of_a_pool_that_nobody_takes': '''
        import time
        from concurrent.futures import ThreadPoolExecutor
        def slow(*_):
            time.sleep(0.1)
            fail()
        with ThreadPoolExecutor() as pool:
            try:
                list(pool.map(slow, [1]))
            except KeyError:
                pass
        ''',
    'result_of_a_pool_that_nobody_waits_for': '''
        import concurrent.futures, time
        def slow():
            time.sleep(0.1)
            fail()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            try:
                future = pool.submit(slow)
                concurrent.futures.wait([future])
            except Boom:
                pass
        ''',
    'result_of_a_pool_of_multiprocessing': '''
        import time
        from multiprocessing.pool import ThreadPool
        def slow():
            time.sleep(0.1)
            fail()
        with ThreadPool(2) as pool:
            try:
                pool.apply(slow)
            except KeyError:
                pass
        ''',
}
