#include "suite.h"

#include <stdlib.h>

int main(void)
{
    SRunner *runner = srunner_create(hr_suite());
    /* On stdout nothing but TAP; CK_FORK=no (for a debugger) still works. */
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    int run = srunner_ntests_run(runner);
    srunner_free(runner);
    return failed == 0 && run > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
