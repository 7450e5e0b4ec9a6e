// Checkpoints: any bytes either load or are refused with a sentence, also with a right hash, which
// this program stores where it can. What loads is read array by array.
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/run/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition) {
  if (!condition) {
    abort();
  }
}

static void parse(const uint8_t *data, size_t size, bool seal) {
  SimError err = {.status = SIM_OK};
  char *bytes = malloc(size + 1);
  require(bytes != NULL);
  memcpy(bytes, data, size);
  if (seal && !run_checkpoint_seal(bytes, size)) {
    free(bytes);
    return;
  }
  RunCheckpoint *checkpoint = run_checkpoint_parse("fuzz", bytes, size, &err);
  if (!checkpoint) {
    require(err.status == SIM_BAD_INPUT && err.text[0] != '\0' && !strchr(err.text, '\n'));
    return;
  }
  require(run_checkpoint_step(checkpoint) >= 0 && json_is_object(run_checkpoint_meta(checkpoint)));
  const size_t count = run_checkpoint_count(checkpoint, "w");
  if (count != SIZE_MAX) {
    require(count <= size);
    char *out = malloc(count * 8 + 1);
    require(out != NULL);
    for (int dtype = 0; dtype < POL_DTYPES; dtype++) {
      run_checkpoint_read(out, checkpoint, "w", (PolDtype)dtype, count, &err);
    }
    free(out);
  }
  run_checkpoint_destroy(checkpoint);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  parse(data, size, false);
  parse(data, size, true);
  return 0;
}
