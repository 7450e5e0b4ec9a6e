// The options that commands share. A seed leaves room for what trainings multiply it with.
#include "hcsp/cli/cli.h"

static error_t parse(int key, char *text, struct argp_state *state) {
  CliCommon *common = state->input;
  switch (key) {
  case 's':
    common->seed = (uint64_t)cli_arg_int(state, "seed", text, 0, INT64_MAX / 64);
    return 0;
  case 't':
    common->threads = (int)cli_arg_int(state, "threads", text, 1, CLI_THREADS_MAX);
    return 0;
  case 'r':
    common->rules = cli_arg_rules(state, text);
    return 0;
  case 'j':
    common->json = true;
    return 0;
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

static const struct argp_option SEED[] = {
    {"seed", 's', "SEED", 0, "all that is drawn depends on it alone, default 1", 0}, {0}};
static const struct argp_option THREADS[] = {
    {"threads", 't', "T", 0, "default: every core it may use; changes nothing but the time", 0},
    {0}};
static const struct argp_option RULES[] = {
    {"rules", 'r', "RULES", 0, "court (30 s clock, default) or paper (15 s clock)", 0}, {0}};
static const struct argp_option JSON[] = {{"json", 'j', NULL, 0, "print one JSON object", 0}, {0}};

const struct argp CLI_SEED = {.options = SEED, .parser = parse};
const struct argp CLI_THREADS = {.options = THREADS, .parser = parse};
const struct argp CLI_RULES = {.options = RULES, .parser = parse};
const struct argp CLI_JSON = {.options = JSON, .parser = parse};

CliCommon cli_common(void) {
  return (CliCommon){.seed = 1, .threads = cli_cores(), .rules = sim_rules_find("court")};
}

error_t cli_common_init(struct argp_state *state, const struct argp_child *children,
                        CliCommon *common) {
  for (int i = 0; children[i].argp; i++) {
    state->child_inputs[i] = common;
  }
  return 0;
}
