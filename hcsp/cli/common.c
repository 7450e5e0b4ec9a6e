// The options that commands share. A seed leaves room for what trainings multiply it with.
#include "hcsp/cli/cli.h"
#include "hcsp/recipes/skills/skills.h"
#include "kernels/ops.h"

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

const struct argp_child CLI_MATCHES[] = {{&CLI_RULES, 0, NULL, 0},
                                         {&CLI_SEED, 0, NULL, 0},
                                         {&CLI_THREADS, 0, NULL, 0},
                                         {&CLI_JSON, 0, NULL, 0},
                                         {0}};
const struct argp_child CLI_TRIALS[] = {
    {&CLI_SEED, 0, NULL, 0}, {&CLI_THREADS, 0, NULL, 0}, {&CLI_JSON, 0, NULL, 0}, {0}};
const struct argp_child CLI_TRAININGS[] = {
    {&CLI_SEED, 0, NULL, 0}, {&CLI_THREADS, 0, NULL, 0}, {0}};

static const char *name_of(const CliParser *parser, int key) {
  const struct argp_option *option = parser->options;
  while (option->name && option->key != key) {
    option++;
  }
  return option->name ? option->name : "";
}

static int find_preset(struct argp_state *state, const char *text) {
  const int preset = skills_preset_find(text);
  if (preset < 0) {
    argp_error(state, "--preset '%s'; wanted smoke, quick or full", text);
  }
  return preset;
}

static void take(void *to, const CliOption *option, const char *name, char *text,
                 struct argp_state *state) {
  switch (option->kind) {
  case CLI_DEVICE:
    if (!krn_device_known(text)) {
      argp_error(state, "--device '%s'; wanted cpu, cuda, cuda-plain, cuda-graphs or auto", text);
    }
    *(const char **)to = text;
    break;
  case CLI_TEXT:
    *(const char **)to = text;
    break;
  case CLI_FLAG:
    *(bool *)to = true;
    break;
  case CLI_NUMBER:
    *(int *)to = (int)cli_arg_int(state, name, text, option->low, option->high);
    break;
  case CLI_POINTS:
    *(int *)to = cli_arg_points(state, name, text);
    break;
  case CLI_PHYSICS:
    *(SimPhysics *)to = cli_arg_physics(state, text);
    break;
  case CLI_PRESET:
    *(SkillsPreset *)to = (SkillsPreset)find_preset(state, text);
    break;
  }
}

error_t cli_parse(const CliParser *parser, int key, char *text, struct argp_state *state) {
  char *args = state->input;
  if (key == ARGP_KEY_INIT) {
    for (int i = 0; parser->children && parser->children[i].argp; i++) {
      state->child_inputs[i] = args + parser->common;
    }
    return 0;
  }
  for (int i = 0; i < parser->n; i++) {
    if (parser->take[i].key == key) {
      take(args + parser->take[i].offset, &parser->take[i], name_of(parser, key), text, state);
      return 0;
    }
  }
  return ARGP_ERR_UNKNOWN;
}
