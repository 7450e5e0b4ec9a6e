// A source is found by file and place; there are few, and bad outputs are rare.
#include "policies/nonfinite.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/log.h"

static void add(PolNonfinite *to, const char *file, const char *place, int64_t commands,
                int64_t decisions) {
  int i = 0;
  while (i < to->n &&
         (strcmp(to->source[i].file, file) != 0 || strcmp(to->source[i].place, place) != 0)) {
    i++;
  }
  if (i == to->n && to->n < POL_NONFINITE_MAX) {
    PolNonfiniteSource *source = &to->source[to->n++];
    *source = (PolNonfiniteSource){.commands = 0};
    snprintf(source->file, sizeof source->file, "%s", file);
    snprintf(source->place, sizeof source->place, "%s", place);
  }
  if (i < to->n) {
    to->source[i].commands += commands;
    to->source[i].decisions += decisions;
  }
}

void pol_nonfinite_count(PolNonfinite *to, const PolFile *file, const char *place, int64_t commands,
                         int64_t decisions) {
  const char *path = !file ? "classical" : file->path[0] ? file->path : file->name;
  const size_t length = strlen(path);
  path += length < POL_NONFINITE_PATH ? 0 : length + 1 - POL_NONFINITE_PATH;
  to->commands += commands;
  to->decisions += decisions;
  add(to, path, place, commands, decisions);
}

void pol_nonfinite_merge(PolNonfinite *to, const PolNonfinite *from) {
  to->commands += from->commands;
  to->decisions += from->decisions;
  for (int i = 0; i < from->n; i++) {
    const PolNonfiniteSource *source = &from->source[i];
    add(to, source->file, source->place, source->commands, source->decisions);
  }
}

void pol_nonfinite_warn(const PolNonfinite *nonfinite) {
  int64_t told = 0;
  for (int i = 0; i < nonfinite->n; i++) {
    const PolNonfiniteSource *source = &nonfinite->source[i];
    told += source->commands + source->decisions;
    if (source->commands > 0) {
      sim_log(SIM_LOG_WARNING,
              "%s: %s gave %" PRId64 " rotor commands that are not finite; each is zero thrust",
              source->file, source->place, source->commands);
    }
    if (source->decisions > 0) {
      sim_log(SIM_LOG_WARNING,
              "%s: %s made %" PRId64
              " decisions from outputs that are not finite; their options are not chosen",
              source->file, source->place, source->decisions);
    }
  }
  const int64_t rest = nonfinite->commands + nonfinite->decisions - told;
  if (rest > 0) {
    sim_log(SIM_LOG_WARNING, "other policies gave %" PRId64 " outputs that are not finite", rest);
  }
}
