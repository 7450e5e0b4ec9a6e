// Texts that are written in memory first and to their file, whole, when they are complete.
#ifndef SIM_BASE_TEXT_H_
#define SIM_BASE_TEXT_H_

#include <stddef.h>
#include <stdio.h>

#include "sim/base/status.h"

typedef struct SimText {
  FILE *out;
  char *data;
  size_t size;
} SimText;

// What to write to. Without memory for all of it the program ends, as sim_new does.
FILE *sim_text_open(SimText *text);
// What was written, malloc'ed.
char *sim_text_close(SimText *text);

// Writes text as sim_file_write and frees it; NULL: it could not be made, SIM_FAIL.
SimStatus sim_text_save(const char *path, char *text, SimError *err);

#endif  // SIM_BASE_TEXT_H_
