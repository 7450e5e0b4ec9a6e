#include "sim/base/text.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"

FILE *sim_text_open(SimText *text) {
  *text = (SimText){.out = NULL};
  text->out = open_memstream(&text->data, &text->size);
  return text->out;
}

char *sim_text_close(SimText *text) {
  if (!text->out) {
    return NULL;
  }
  const int failed = ferror(text->out);
  if (fclose(text->out) != 0 || failed) {
    free(text->data);
    return NULL;
  }
  return text->data;
}

SimStatus sim_text_save(const char *path, char *text, SimError *err) {
  const SimStatus status = text ? sim_file_write(path, text, strlen(text), err)
                                : sim_error(err, SIM_FAIL, "%s: no memory for its text", path);
  free(text);
  return status;
}
