" Vim compiler file
" Compiler: hr-instrument; `:make` checks the current file, `:make -v` with notes.
" What hr-run --on-crash=wait prints has the same form.

if exists("current_compiler")
  finish
endif
let current_compiler = "hr_instrument"

if exists(":CompilerSet") != 2
  command -nargs=* CompilerSet setlocal <args>
endif

CompilerSet makeprg=hr-instrument\ --check\ $*\ %:S

" The files that would change are listed as well: only messages count.
CompilerSet errorformat=
      \%f:%l:%c:\ %trror:\ %m,
      \%f:%l:%c:\ %tarning:\ %m,
      \%f:%l:%c:\ %tote:\ %m,
      \%f:\ %trror:\ %m,
      \%-G%.%#
