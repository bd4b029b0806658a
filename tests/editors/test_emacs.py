"""hot-restart.el in Emacs: the compilation list, and pdb on a program under hr-run."""

import json
import os
import unittest

from editing import CRASHES, EDITORS, FIXED, EditorCase, need

# Runs COMMAND as M-x compile does; file, line, column and kind of each message.
COMPILE = '''
(progn
  ;; Emacs knows messages of this form by itself: ours alone is asked here.
  (setq compilation-error-regexp-alist '(hot-restart))
  (let ((compilation-skip-threshold 0) (found nil))
    (compile command)
    (with-current-buffer "*compilation*"
      (while (get-buffer-process (current-buffer)) (accept-process-output nil 0.05))
      (compilation--ensure-parse (point-max))
      (goto-char (point-min))
      (while (ignore-errors (compilation-next-error 1) t)
        (let* ((message (get-text-property (point) 'compilation-message))
               (loc (compilation--message->loc message)))
          (push (vector (caar (compilation--loc->file-struct loc))
                        (compilation--loc->line loc) (compilation--loc->col loc)
                        (compilation--message->type message))
                found))))
    (princ (json-encode (vconcat (reverse found))))))
'''
NEXT_ERROR = '''
(progn
  (compile "hr-instrument --check broken.py")
  (with-current-buffer "*compilation*"
    (while (get-buffer-process (current-buffer)) (accept-process-output nil 0.05)))
  (next-error)
  (set-buffer (window-buffer))
  (princ (json-encode (vector (buffer-file-name) (line-number-at-pos) (1+ (current-column))))))
'''
PDB = '''
(let ((wait (lambda (done)
              (let ((end (+ (float-time) 90)))
                (while (and (not (funcall done)) (< (float-time) end))
                  (accept-process-output nil 0.05)))))
      (says (lambda (text)
              (with-current-buffer gud-comint-buffer
                (save-excursion (goto-char (point-min)) (search-forward text nil t))))))
  (find-file "program.py")
  (hot-restart-pdb (buffer-file-name))
  (funcall wait (lambda () gud-last-last-frame))
  (let ((place gud-last-last-frame))
    (with-current-buffer (find-file-noselect "program.py")
      (goto-char (point-min))
      (search-forward "[\\"loss\\"]")
      (replace-match "[\\"los\\"]")
      (save-buffer))
    (gud-call "c")
    (funcall wait (lambda () (funcall says "got 4")))
    (princ (json-encode (vector (car place) (cdr place)
                                (and (funcall says "hr: reloaded Trainer.step") t)
                                (and (funcall says "got 4") t))))))
'''


class Emacs(EditorCase):
    def setUp(self):
        need('emacs', '--version')
        super().setUp()

    def emacs(self, form, **variables):
        bind = ''.join(f'(setq {name} {json.dumps(value)})' for name, value in variables.items())
        self.write('test.el', f"(require 'json)(setq inhibit-message t make-backup-files nil)"
                              f'{bind}{form}')
        done = self.run_here('emacs', '-Q', '--batch', '-l',
                             os.path.join(EDITORS, 'emacs/hot-restart.el'), '-l', 'test.el')
        self.assertEqual(done.returncode, 0, done)
        return json.loads(done.stdout)

    def test_a_broken_file(self):
        self.assertEqual(self.emacs(COMPILE, command='hr-instrument --check broken.py'),
                         [['broken.py', 4, 5, 2]])

    def test_a_note_in_a_file_whose_name_has_blanks(self):
        found = self.emacs(COMPILE, command='hr-instrument -v --check "in a folder/kept.py"')
        self.assertEqual(found, [['in a folder/kept.py', 3, 17, 0]])

    def test_the_cursor_goes_to_the_place(self):
        self.assertEqual(self.emacs(NEXT_ERROR), [os.path.join(self.root, 'broken.py'), 4, 5])

    def test_a_crash_of_hr_run(self):
        self.write('crash.txt', '\n'.join(self.crash_and_restart()) + '\n')
        self.assertEqual(self.emacs(COMPILE, command='cat crash.txt'),
                         [['program.py', 3, 16, 2]])

    def test_pdb_at_the_crash_an_edit_and_on(self):
        self.assertEqual(self.read('program.py'), CRASHES)
        self.assertEqual(self.emacs(PDB),
                         [os.path.join(self.root, 'program.py'), 3, True, True])
        self.assertEqual(self.read('program.py'), FIXED)


if __name__ == '__main__':
    unittest.main()
