;;; hot-restart.el --- hr-instrument and hr-run in Emacs  -*- lexical-binding: t -*-

;;; Commentary:

;; Messages of hr-instrument and hr-run in compilation buffers, and `hot-restart-pdb',
;; which is `pdb' on a program under hr-run.

;;; Code:

(require 'compile)
(require 'gud)

;; The last two groups tell warnings and notes from errors.
(add-to-list 'compilation-error-regexp-alist-alist
             '(hot-restart
               "^\\([^ \n].*?\\):\\([0-9]+\\):\\([0-9]+\\): \
\\(?:error\\|\\(warning\\)\\|\\(note\\)\\): "
               1 2 3 (4 . 5)))
(add-to-list 'compilation-error-regexp-alist 'hot-restart)

(defun hot-restart-pdb (file)
  "Run FILE under hr-run; where it crashes, pdb is at the line that failed.
Edit the file, save it, and `c' goes on with the new text."
  (interactive (list (buffer-file-name)))
  (pdb (concat "hr-run " (shell-quote-argument (file-relative-name file)))))

(provide 'hot-restart)

;;; hot-restart.el ends here
