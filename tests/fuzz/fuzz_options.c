// Option tables from strangers: any bytes are either loaded or refused with a sentence that names
// the file; what is loaded can be played from.
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policies/bot.h"
#include "policies/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int ok) {
  if (!ok) {
    abort();
  }
}

static void check_option(const PolOption *option) {
  const SimGoal *goal = &option->goal;
  require(option->slot < POL_SLOTS && strlen(option->name) >= 1);
  for (int k = 0; k < 3; k++) {
    require(isfinite(goal->point[k]));
  }
  const bool timed = isfinite(goal->flight) || isfinite(goal->apex);
  require(timed == pol_slot_strikes(option->slot) && timed == (isfinite(goal->strike_z) != 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  SimError err = {0};
  PolOptions *options = pol_options_parse("input.yaml", (const char *)data, size, &err);
  if (!options) {
    require(err.status == SIM_BAD_INPUT && strncmp(err.text, "input.yaml:", 11) == 0);
    require(!strchr(err.text, '\n') && strstr(err.text, "saw ") && strstr(err.text, "wanted "));
    return 0;
  }
  for (int head = 0; head < options->heads; head++) {
    require(options->n[head] >= 1 && options->n[head] <= POL_OPTIONS_MAX);
    for (int i = 0; i < options->n[head]; i++) {
      check_option(&options->option[head][i]);
      require(pol_options_find(options, head, options->option[head][i].name) == i);
    }
  }
  // the bot plays it or says what is missing
  SimState state = {.referee = {.server = SIM_FAR}};
  PolMemory memory = {0};
  if (pol_bot_check(options, &err) == SIM_OK) {
    const PolBotStyle style = pol_bot_plus_style(options);
    pol_bot_decide(&memory, &style, NULL, options, &state, SIM_NEAR);
    require(memory.held[POL_HEAD_PASSER] < options->n[POL_HEAD_PASSER]);
  }
  pol_options_destroy(options);
  return 0;
}
