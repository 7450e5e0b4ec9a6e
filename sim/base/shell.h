// Words of a command that people paste into a shell.
#ifndef SIM_BASE_SHELL_H_
#define SIM_BASE_SHELL_H_

#include <stddef.h>

// Writes word so that a shell reads it as one word that is the same: as it is where nothing in it
// means anything to a shell, else in quotes, line breaks and other control characters spelled out
// ($'\n', which bash, zsh and ksh read). Cuts and returns like snprintf.
size_t sim_shell_word(char *out, size_t size, const char *word);

// The words, quoted, with a space between them; returns like snprintf.
size_t sim_shell_words(char *out, size_t size, const char *const *word, int n);

#endif  // SIM_BASE_SHELL_H_
