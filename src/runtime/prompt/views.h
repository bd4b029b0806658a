/*
 * What a front end of the debugger may ask of the runtime (layer 4b): functions that
 * its Python code calls.  None of them decides or changes anything.
 */
#ifndef HR_RUNTIME_VIEWS_H
#define HR_RUNTIME_VIEWS_H

#include "runtime/state.h"

/*
 * Puts `runtime` into the namespace `names`: an object with
 *
 *   text_of(code)        the text of the file that the code came from, or None
 *   origin_of(code)      the file to edit if the code's file is a copy of it, or None
 *   origin_line(code, line)  a line of the code, as a line of that file
 *   name_of(code)        its qualified name, without "<locals>."
 *   is_guarded(code)     whether it can be restarted
 *   is_guard(traceback)  whether its first entry stands in the lines of a guard
 *   arguments_of(frame)  dict: what the call was made with, without parameters that
 *                        had their default; None if that is not known
 *   changes(frame, only) list of (file name, name, line, text, new line, new text): the
 *                        definitions whose text on disk is another than what runs.
 *                        `only` as for `reload`, or None; `frame` is where "module" is
 *   wait_for_save(name, announce)
 *                        calls announce() and waits until the file is saved;
 *                        KeyboardInterrupt ends it
 *   restart_frames()     list of the frames that only wait for a restarted call
 *   take_turn() give_turn()  around a prompt that no failure opened
 *   may_use_input()          false where input() would wait for ever: CPython's lock of
 *                            readline was held as this process was forked
 *
 * 0, or -1 with an exception.
 */
int hr_views_add(struct hr_state *state, PyObject *names);

#endif
