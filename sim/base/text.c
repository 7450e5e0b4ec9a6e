#include "sim/base/text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"

FILE *sim_text_open(SimText *text) {
  *text = (SimText){.out = NULL};
  text->out = open_memstream(&text->data, &text->size);
  if (!text->out) {
    sim_no_memory(1, BUFSIZ);
  }
  return text->out;
}

char *sim_text_close(SimText *text) {
  assert(text->out);
  const int failed = ferror(text->out);
  if (fclose(text->out) != 0 || failed) {
    sim_no_memory(1, text->size);
  }
  return text->data;
}

SimStatus sim_text_save(const char *path, char *text, SimError *err) {
  const SimStatus status = text ? sim_file_write(path, text, strlen(text), err)
                                : sim_error(err, SIM_FAIL, "%s: its text cannot be made", path);
  free(text);
  return status;
}
