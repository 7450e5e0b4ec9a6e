// Networks that load and then compute numbers that are not finite, made here: a weight of 1e36 over
// inputs whose standard deviation is said to be 1e-3, so that only the probe's inputs are small. As
// a skill, as a flat policy and as a strategy they never harm the simulation, and they are counted
// and named.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/eval/rallies.h"
#include "policies/play.h"

enum { UNITS = 4, MATCHES = 5, RALLIES = 10 };

// kind and heads as in a file; the overflow is hidden by tanh, or by the clip of the outputs
static void write_hostile(const char *path, PolKind kind, const char *obs, int inputs,
                          const char *act, int outputs, bool hidden) {
  SimError err = {0};
  const PolArch arch = {.inputs = inputs,
                        .outputs = outputs,
                        .layers = 1,
                        .hidden = {UNITS},
                        .input_norm = POL_INPUT_FIXED,
                        .activation = hidden ? POL_TANH : POL_ELU,
                        .squash = hidden ? POL_SQUASH_CLIP : POL_SQUASH_NONE};
  char provenance[] = "{}";
  PolFile file = {.kind = kind, .every = 1, .dt = SIM_DT, .provenance = provenance};
  snprintf(file.name, sizeof file.name, "hostile");
  snprintf(file.obs, sizeof file.obs, "%s", obs);
  snprintf(file.act, sizeof file.act, "%s", act);
  file.net = pol_net_create(&arch, kind != POL_KIND_STRATEGY, &err);
  assert_non_null(file.net);
  for (int i = 0; i < inputs; i++) {
    file.net->input_b[i] = 1e-3f;
    file.net->weight[0][i] = 1e36f;  // of the first unit
  }
  for (int i = 0; i < outputs; i++) {
    file.net->head_weight[i * UNITS] = 1e-36f;
  }
  assert_ok(pol_file_save(path, &file, &err), &err);
  pol_net_destroy(file.net);
}

static const char SKILL[] =
    "name: skill\noptions: fast\nstrategy: bot\nskills: {goto: goto.safetensors, serve: classical, "
    "serve_hover: classical, receive: classical, receive_hover: classical, pass: classical, "
    "pass_hover: classical, set: classical, set_hover: classical, attack: classical, "
    "attack_hover: classical}\n";
static const char DECIDES[] =
    "name: decides\noptions: fast\nstrategy: strategy.safetensors\nsample: true\nskills: {goto: "
    "classical, serve: classical, serve_hover: classical, receive: classical, receive_hover: "
    "classical, pass: classical, pass_hover: classical, set: classical, set_hover: classical, "
    "attack: classical, attack_hover: classical}\n";
static const char FLAT[] = "name: flat\nflat: flat.safetensors\n";

static SimModel *model;

static int set_up(void **unused) {
  (void)unused;
  write_hostile("goto.safetensors", POL_KIND_SKILL, "goto26", 26, "rotor4", 4, true);
  write_hostile("flat.safetensors", POL_KIND_FLAT, "flat57", 57, "rotor4", 4, false);
  write_hostile("strategy.safetensors", POL_KIND_STRATEGY, "court128", 128, "heads-6-3-4", 13,
                false);
  test_write_file("skill.yaml", SKILL, sizeof SKILL - 1);
  test_write_file("decides.yaml", DECIDES, sizeof DECIDES - 1);
  test_write_file("flat.yaml", FLAT, sizeof FLAT - 1);
  SimModelOptions options = sim_model_default();
  model = sim_model_create(&options, NULL);
  return model ? 0 : -1;
}

static int tear_down(void **unused) {
  (void)unused;
  sim_model_destroy(model);
  return 0;
}

static PolTeam *load(const char *path) {
  SimError err = {0};
  PolTeam *team = pol_team_load(path, &err);
  if (!team) {
    fail_msg("%s", err.text);
  }
  return team;
}

// counts over the first rallies of near against far, whose bodies stay where numbers are finite
static PolNonfinite play_some(PolTeam *near, PolTeam *far, int threads, int *bad_commands) {
  SimError err = {0};
  const PolPlayOptions options = {
      .matches = MATCHES, .threads = threads, .seed = 2, .rules = sim_rules_find("court")};
  PolPlay *play = pol_play_create(&options, model, near, far, &err);
  assert_non_null(play);
  PolNonfinite found = {.n = 0};
  *bad_commands = 0;
  for (int i = 0; i < MATCHES; i++) {
    const uint32_t rally = (uint32_t)i;
    const SimState *state = pol_play_state(play, i);
    pol_play_reset(play, &i, 1, &rally);
    while (state->referee.winner == SIM_PLAYING) {
      assert_ok(pol_play_step(play, &i, 1, &err), &err);
      for (int k = 0; k < 3; k++) {
        assert_true(isfinite(state->view.ball_pos[k]));
        for (int d = 0; d < SIM_DRONES; d++) {
          assert_true(isfinite(state->view.drone[d].pos[k]));
        }
      }
    }
    *bad_commands += state->bad_commands;
  }
  pol_play_take_nonfinite(&found, play);
  pol_play_destroy(play);
  return found;
}

static const PolNonfiniteSource *find(const PolNonfinite *found, const char *place) {
  for (int i = 0; i < found->n; i++) {
    if (strcmp(found->source[i].place, place) == 0) {
      return &found->source[i];
    }
  }
  fail_msg("nothing counted for %s", place);
  return NULL;
}

static void test_counts(void **unused) {
  (void)unused;
  PolTeam *skill = load("skill.yaml"), *flat = load("flat.yaml"), *tame = load("classical");
  PolTeam *decides = load("decides.yaml");
  int bad = 0, again = 0;
  const PolNonfinite one = play_some(skill, flat, 1, &bad), two = play_some(skill, flat, 2, &again);
  // as many as the world took for zero thrust, whoever counts
  assert_int_equal(one.commands, bad);
  assert_int_equal(one.decisions, 0);
  assert_int_equal(one.n, 2);
  assert_int_equal(find(&one, "goto")->commands + find(&one, "flat")->commands, bad);
  assert_true(find(&one, "goto")->commands > 100 && find(&one, "flat")->commands > 100);
  assert_string_equal(strrchr(find(&one, "goto")->file, '/'), "/goto.safetensors");
  assert_string_equal(strrchr(find(&one, "flat")->file, '/'), "/flat.safetensors");
  assert_memory_equal(&one, &two, sizeof one);
  assert_int_equal(again, bad);
  const PolNonfinite chosen = play_some(tame, decides, 1, &bad);
  assert_int_equal(bad + chosen.commands, 0);
  assert_int_equal(chosen.n, 1);
  assert_true(chosen.decisions >= MATCHES);
  assert_int_equal(find(&chosen, "strategy")->decisions, chosen.decisions);
  const PolNonfinite none = play_some(tame, tame, 1, &bad);
  assert_int_equal(none.n + bad + none.commands + none.decisions, 0);
  pol_team_destroy(skill);
  pol_team_destroy(flat);
  pol_team_destroy(tame);
  pol_team_destroy(decides);
}

// Options whose logits are not finite are chosen only where there is nothing else; what is drawn is
// legal, and the probabilities are those of the draw.
static void test_decisions(void **unused) {
  (void)unused;
  PolTeam *team = load("decides.yaml");
  PolStrategy strategy = team->strategy[0];
  float *scratch = calloc((size_t)pol_net_scratch(strategy.file->net), sizeof *scratch);
  assert_non_null(scratch);
  PolNet *net = strategy.file->net;
  // two of the setter's three options and the last of the passer's are finite
  for (int i = 0; i < 13; i++) {
    net->head_weight[i * UNITS] = 0;
    net->head_bias[i] = i == 5 || i == 7 || i == 8 ? (float)(i == 8) : i % 2 ? NAN : INFINITY;
  }
  net->watched = false;
  int drawn[3] = {0};
  for (uint32_t rally = 0; rally < 400; rally++) {
    SimState state = {.seed = 4, .rally = rally, .view = {.roster = SIM_ALL_DRONES}};
    PolMemory memory = {.phase = 0};
    PolDecision decision;
    float p[POL_HEADS_MAX][POL_OPTIONS_MAX];
    sim_referee_reset(&state.referee, SIM_FAR);
    state.view.ball_pos[0] = -6;
    state.view.ball_pos[2] = 1e4;
    strategy.unmasked = true;
    strategy.sample = rally % 2 != 0;
    pol_strategy_decide(&memory, &decision, &strategy, team->options, &state, SIM_NEAR, scratch);
    assert_true(decision.nonfinite);
    for (int head = 0; head < team->options->heads; head++) {
      assert_true(memory.held[head] < team->options->n[head]);
    }
    assert_int_equal(memory.held[POL_HEAD_PASSER], 5);
    assert_true(memory.held[POL_HEAD_SETTER] > 0);
    assert_true(strategy.sample || memory.held[POL_HEAD_SETTER] == 2);
    drawn[memory.held[POL_HEAD_SETTER]] += strategy.sample;
    assert_true(pol_strategy_probabilities(p, &strategy, team->options, &decision, scratch));
    assert_near(p[POL_HEAD_PASSER][5], 1, 1e-6);
    assert_near(p[POL_HEAD_SETTER][0], 0, 0);
    assert_near(p[POL_HEAD_SETTER][2], 1 / (1 + exp(-1)), 1e-6);
    assert_near(p[POL_HEAD_ATTACKER][0], 0.25, 1e-6);
  }
  // 73 % of 200
  assert_true(drawn[1] > 25 && drawn[2] > 110);
  free(scratch);
  pol_team_destroy(team);
}

// one tanh away from the output the overflow would not be seen
static void test_hidden_overflow(void **unused) {
  (void)unused;
  SimError err = {0};
  PolFile *file = pol_file_load("goto.safetensors", &err);
  assert_non_null(file);
  float in[2][26] = {{0}}, out[2][4];
  float *scratch = calloc((size_t)pol_net_scratch(file->net), sizeof *scratch);
  assert_non_null(scratch);
  for (int i = 0; i < 26; i++) {
    in[1][i] = i % 2 ? 2 : -1;
  }
  pol_net_forward(out[0], file->net, in[0], 2, scratch);
  for (int r = 0; r < 4; r++) {
    assert_near(out[0][r], 0, 0);  // its neighbour in the tile does not matter
    assert_true(isnan(out[1][r]));
  }
  free(scratch);
  pol_file_destroy(file);
}

static void play_rallies(void *arg) {
  SimError err = {0};
  EvalRally rally[RALLIES];
  int played;
  PolTeam *near = load("skill.yaml"), *far = load("flat.yaml");
  const EvalRalliesOptions options = {.model = model,
                                      .near = near,
                                      .far = far,
                                      .rules = sim_rules_find("court"),
                                      .rallies = RALLIES,
                                      .threads = 2,
                                      .nonfinite = arg};
  assert_ok(eval_rallies_play(rally, &played, &options, &err), &err);
  pol_team_destroy(near);
  pol_team_destroy(far);
}

static int count(const char *text, const char *part) {
  int n = 0;
  for (const char *at = strstr(text, part); at; at = strstr(at + 1, part)) {
    n++;
  }
  return n;
}

// each policy is named once with its place and count, by whoever takes the counts, else at the end
static void test_warnings(void **unused) {
  (void)unused;
  PolNonfinite found = {.n = 0};
  char *quiet = test_capture_stderr(play_rallies, &found), *told;
  char flat[96], skill[96];
  assert_string_equal(quiet, "");
  told = test_capture_stderr(play_rallies, NULL);
  snprintf(flat, sizeof flat, "/flat.safetensors: flat gave %lld rotor commands",
           (long long)find(&found, "flat")->commands);
  snprintf(skill, sizeof skill, "/goto.safetensors: goto gave %lld rotor commands",
           (long long)find(&found, "goto")->commands);
  assert_int_equal(count(told, "\n"), 2);
  assert_int_equal(count(told, "warning"), 2);
  assert_non_null(strstr(told, flat));
  assert_non_null(strstr(told, skill));
  free(quiet);
  free(told);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_counts),
      cmocka_unit_test(test_decisions),
      cmocka_unit_test(test_hidden_overflow),
      cmocka_unit_test(test_warnings),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
