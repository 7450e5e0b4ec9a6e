// Two teams on a batch: the same bits at any number of threads and wherever a match sits, for
// model-based skills and for networks of the published architecture with random weights; held
// actions, serve phase and flags as observations carry them.
#include "tests/support/check.h"

#include <math.h>
#include <mujoco/mujoco.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/play.h"
#include "policies/situation.h"
#include "sim/base/file.h"
#include "sim/base/rng.h"
#include "tests/support/golden.h"

enum { MATCHES = 13, STEPS = 160, STRATEGY_INPUTS = 100 };

static SimModel *make_model(void) {
  SimError err = {0};
  SimModelOptions options = sim_model_default();
  SimModel *model = sim_model_create(&options, &err);
  if (!model) {
    fail_msg("%s", err.text);
  }
  return model;
}

// ---- random networks of the published architecture, as files

static void fill(float *value, int n, SimRng *rng, float scale) {
  sim_rng_normals(rng, value, n);
  for (int i = 0; i < n; i++) {
    value[i] *= scale;
  }
}

static void write_net(const char *path, const char *obs, const char *act, PolKind kind, int outputs,
                      uint32_t number) {
  SimError err = {0};
  const PolArch arch = {.inputs = kind == POL_KIND_STRATEGY
                                      ? STRATEGY_INPUTS
                                      : sim_obs_size((SimLayout)sim_obs_find(obs)),
                        .outputs = outputs,
                        .layers = 3,
                        .hidden = {256, 128, 128},
                        .input_norm = POL_INPUT_LAYERNORM,
                        .activation = POL_ELU,
                        .hidden_norm = true};
  PolFile file = {.kind = kind, .every = 1, .dt = SIM_DT, .provenance = "{}"};
  char provenance[] = "{}";
  file.provenance = provenance;
  snprintf(file.name, sizeof file.name, "random%u", number);
  snprintf(file.obs, sizeof file.obs, "%s", obs);
  snprintf(file.act, sizeof file.act, "%s", act);
  file.net = pol_net_create(&arch, kind == POL_KIND_SKILL, &err);
  assert_non_null(file.net);
  SimRng rng = sim_rng(1, number, 0, SIM_RNG_TEST);
  int inputs = arch.inputs;
  for (int l = 0; l < arch.layers; l++) {
    fill(file.net->weight[l], inputs * arch.hidden[l], &rng, 0.1f);
    inputs = arch.hidden[l];
  }
  fill(file.net->head_weight, inputs * outputs, &rng, 0.05f);
  for (int r = 0; kind == POL_KIND_SKILL && r < outputs; r++) {
    file.net->head_bias[r] = (float)SIM_HOVER_COMMAND;
    file.net->log_std[r] = -2;
  }
  if (kind == POL_KIND_STRATEGY) {
    PolOptions *table = pol_options_load("paper", &err);
    assert_non_null(table);
    snprintf(file.options, sizeof file.options, "%s", table->name);
    file.options_hash = table->hash;
    pol_options_destroy(table);
  }
  assert_ok(pol_file_save(path, &file, &err), &err);
  pol_net_destroy(file.net);
}

static const char NET_TEAM[] = "name: nets\n"
                               "options: paper\n"
                               "strategy: strategy.safetensors\n"
                               "sample: true\n"
                               "skills:\n"
                               "  goto: goto.safetensors\n"
                               "  serve: serve.safetensors\n"
                               "  serve_hover: goto.safetensors\n"
                               "  receive: ball.safetensors\n"
                               "  receive_hover: goto.safetensors\n"
                               "  pass: side.safetensors\n"
                               "  pass_hover: goto.safetensors\n"
                               "  set: ball.safetensors\n"
                               "  set_hover: goto.safetensors\n"
                               "  attack: side.safetensors\n"
                               "  attack_hover: classical\n";

static int write_files(void **unused) {
  (void)unused;
  write_net("goto.safetensors", "goto26", "rotor4", POL_KIND_SKILL, 4, 1);
  write_net("ball.safetensors", "ball34", "rotor4", POL_KIND_SKILL, 4, 2);
  write_net("side.safetensors", "side36", "rotor4", POL_KIND_SKILL, 4, 3);
  write_net("serve.safetensors", "serve37", "rotor4", POL_KIND_SKILL, 4, 4);
  write_net("strategy.safetensors", "strategy100", "heads-6-3-4", POL_KIND_STRATEGY, 13, 5);
  test_write_file("nets.yaml", NET_TEAM, sizeof NET_TEAM - 1);
  return 0;
}

// ---- the same bits

// state rows of rallies first..first+n-1 after at most STEPS steps
static double *play_rows(const SimModel *model, const PolTeam *near, const PolTeam *far, int n,
                         int threads, uint32_t first) {
  SimError err = {0};
  const PolPlayOptions options = {
      .matches = n, .threads = threads, .seed = 5, .rules = sim_rules_find("court")};
  PolPlay *play = pol_play_create(&options, model, near, far, &err);
  if (!play) {
    fail_msg("%s", err.text);
  }
  const size_t size = (size_t)sim_world_row_size(model);
  double *rows = calloc((size_t)n * size, sizeof *rows);
  int ids[MATCHES];
  uint32_t rally[MATCHES];
  for (int m = 0; m < n; m++) {
    ids[m] = m;
    rally[m] = first + (uint32_t)m;
  }
  pol_play_reset(play, ids, n, rally);
  for (int k = 0; k < STEPS; k++) {
    int live = 0;
    for (int m = 0; m < n; m++) {
      if (pol_play_state(play, m)->referee.winner == SIM_PLAYING) {
        ids[live++] = m;
      }
    }
    assert_ok(pol_play_step(play, ids, live, &err), &err);
  }
  for (int m = 0; m < n; m++) {
    sim_batch_save(pol_play_batch(play), m, rows + (size_t)m * size);
  }
  pol_play_destroy(play);
  return rows;
}

static void check_bits(const char *near_name, const char *far_name) {
  SimError err = {0};
  SimModel *model = make_model();
  PolTeam *near = pol_team_load(near_name, &err);
  PolTeam *far = near ? pol_team_load(far_name, &err) : NULL;
  if (!far) {
    fail_msg("%s", err.text);
  }
  const size_t size = (size_t)sim_world_row_size(model);
  double *one = play_rows(model, near, far, MATCHES, 1, 0);
  const int threads[] = {2, 3, 8};
  for (int t = 0; t < 3; t++) {
    double *many = play_rows(model, near, far, MATCHES, threads[t], 0);
    assert_memory_equal(many, one, MATCHES * size * sizeof *one);
    free(many);
  }
  char what[128];
  snprintf(what, sizeof what, "%d steps of %d rallies, %s against %s", STEPS, MATCHES, near_name,
           far_name);
  test_golden(what, mj_versionString(), sim_hash(one, MATCHES * size * sizeof *one));
  for (uint32_t m = 0; m < MATCHES; m += 4) {
    double *alone = play_rows(model, near, far, 1, 1, m);
    assert_memory_equal(alone, one + m * size, size * sizeof *one);
    free(alone);
  }
  free(one);
  pol_team_destroy(near);
  pol_team_destroy(far);
  sim_model_destroy(model);
}

static void test_classical_bits(void **unused) {
  (void)unused;
  check_bits("classical", "classical");
}

static void test_network_bits(void **unused) {
  (void)unused;
  check_bits("nets.yaml", "nets.yaml");
  check_bits("nets.yaml", "classical");
}

// ---- what drives a match

// the serve phase forces the passers; who is not asked says so
static void test_serve_phase(void **unused) {
  (void)unused;
  SimError err = {0};
  SimModel *model = make_model();
  PolTeam *team = pol_team_load("classical", &err);
  assert_non_null(team);
  const PolPlayOptions options = {
      .matches = 1, .threads = 1, .seed = 8, .rules = sim_rules_find("court")};
  PolPlay *play = pol_play_create(&options, model, team, team, &err);
  assert_non_null(play);
  const int match = 0;
  for (uint32_t rally = 0; rally < 6; rally++) {
    pol_play_reset(play, &match, 1, &rally);
    const SimState *state = pol_play_state(play, 0);
    const PolDrive *drive = pol_play_drive(play, 0);
    const SimTeam server = state->referee.server;
    const int serving = sim_drone(server, SIM_PASSER);
    const int receiving = sim_drone((SimTeam)(1 - server), SIM_PASSER);
    assert_ok(pol_play_step(play, &match, 1, &err), &err);
    assert_int_equal(drive->decisions, 2);
    for (int i = 0; i < 2; i++) {
      assert_int_equal(drive->decision[i].option[POL_HEAD_SERVE] == POL_NOT_ASKED,
                       drive->decision[i].team != server);
    }
    assert_int_equal(drive->slot[serving], POL_SERVE);
    assert_int_equal(drive->slot[receiving], POL_GOTO);
    // the goal of the serve is the drawn target, in court axes
    const double sign = server == SIM_NEAR ? 1 : -1;
    assert_near((double)drive->goal[serving][0], sign * state->serve_target[0], 1e-6);
    assert_near((double)drive->goal[serving][1], sign * state->serve_target[1], 1e-6);
    int guard = 0;
    while (state->referee.serve_step == 0 && state->referee.winner == SIM_PLAYING &&
           guard++ < 200) {
      assert_ok(pol_play_step(play, &match, 1, &err), &err);
      assert_true(state->referee.step == 1 || drive->decisions == 0 || state->referee.hits > 0);
    }
    if (state->referee.serve_step == 1 && state->referee.winner == SIM_PLAYING) {
      assert_ok(pol_play_step(play, &match, 1, &err), &err);
      assert_int_equal(drive->decisions, 2);
      assert_int_equal(drive->slot[serving], POL_SERVE_HOVER);
      assert_int_equal(drive->slot[receiving], POL_RECEIVE);
    }
  }
  pol_play_destroy(play);
  pol_team_destroy(team);
  sim_model_destroy(model);
}

// The flat policy here learnt to serve backwards, because a receiver that flies after such a ball
// touches the net before it is down. The receiver waits, and the point is its.
static void test_serve_that_stays(void **unused) {
  (void)unused;
  SimError err = {0};
  char file[SIM_PATH_MAX + 128];
  const int n = snprintf(file, sizeof file,
                         "name: backwards\nsample: true\nflat:\n  - {policy: "
                         "%s/policies/flat/psro_uniform-02.safetensors, weight: 1}\n",
                         sim_home());
  test_write_file("backwards.yaml", file, (size_t)n);
  SimModel *model = make_model();
  PolTeam *near = pol_team_load("stage1", &err), *far = pol_team_load("backwards.yaml", &err);
  assert_non_null(near);
  assert_non_null(far);
  const PolPlayOptions options = {
      .matches = 1, .threads = 1, .seed = 8, .rules = sim_rules_find("court")};
  PolPlay *play = pol_play_create(&options, model, near, far, &err);
  assert_non_null(play);
  const SimState *state = pol_play_state(play, 0);
  const PolDrive *drive = pol_play_drive(play, 0);
  const int match = 0, receiver = sim_drone(SIM_NEAR, SIM_PASSER);
  int stayed = 0;
  for (uint32_t rally = 0; rally < 12; rally++) {
    pol_play_reset(play, &match, 1, &rally);
    bool stays = false;
    while (state->referee.winner == SIM_PLAYING) {
      const bool flies = state->referee.server == SIM_FAR && state->referee.serve_step == 1;
      double landing[2];
      pol_landing(landing, state, SIM_NEAR);
      stays = flies && landing[0] <= 0;
      assert_ok(pol_play_step(play, &match, 1, &err), &err);
      if (flies) {
        assert_int_equal(drive->slot[receiver], stays ? POL_GOTO : POL_RECEIVE);
      }
    }
    assert_true(!stays || state->referee.winner == SIM_WIN_NEAR);
    stayed += stays;
  }
  assert_true(stayed >= 3);
  pol_play_destroy(play);
  pol_team_destroy(near);
  pol_team_destroy(far);
  sim_model_destroy(model);
}

// How many digs of the far passer end in the net although they would come down beyond it, and how
// many come over at once; near's turn is right at each.
typedef struct Digs {
  int n, net, over;
} Digs;

static Digs watch_digs(const SimModel *model, const PolTeam *near, const PolTeam *far) {
  enum { RALLIES = 60 };
  SimError err = {0};
  Digs digs = {0, 0, 0};
  const PolPlayOptions options = {
      .matches = 1, .threads = 1, .seed = 5, .rules = sim_rules_find("court")};
  PolPlay *play = pol_play_create(&options, model, near, far, &err);
  assert_non_null(play);
  const SimState *state = pol_play_state(play, 0);
  const int match = 0;
  for (uint32_t rally = 0; rally < RALLIES; rally++) {
    pol_play_reset(play, &match, 1, &rally);
    while (state->referee.winner == SIM_PLAYING) {
      assert_ok(pol_play_step(play, &match, 1, &err), &err);
      const bool served = state->referee.hits == 1;
      if (pol_happened(state, SIM_FAR).own == SIM_PASSER && !served) {
        double landing[2];
        pol_landing(landing, state, SIM_NEAR);
        const SimVerdict verdict = sim_referee_foresee(&state->referee, &state->view);
        const bool net = verdict.reason == SIM_EVENT_BALL_NET && landing[0] > 0;
        assert_true(!net || pol_turn(state, SIM_NEAR) < 0);
        digs.n++;
        digs.net += net;
        digs.over += verdict.winner == SIM_WIN_FAR;
      }
    }
  }
  pol_play_destroy(play);
  return digs;
}

static void test_wild_digs(void **unused) {
  (void)unused;
  static const char text[] =
      "name: wild\noptions: fast\nstrategy: wild\nskills: {goto: classical, serve: classical, "
      "serve_hover: classical, receive: classical, receive_hover: classical, pass: classical, "
      "pass_hover: classical, set: classical, set_hover: classical, attack: classical, "
      "attack_hover: classical}\n";
  SimError err = {0};
  test_write_file("wild.yaml", text, sizeof text - 1);
  SimModel *model = make_model();
  PolTeam *wild = pol_team_load("wild.yaml", &err), *tame = pol_team_load("classical", &err);
  assert_non_null(wild);
  assert_non_null(tame);
  const Digs seen = watch_digs(model, tame, wild), usual = watch_digs(model, tame, tame);
  print_message("of %d wild digs %d end in the net though they would land beyond it, %d come over; "
                "of %d usual ones %d and %d\n",
                seen.n, seen.net, seen.over, usual.n, usual.net, usual.over);
  assert_true(seen.net >= 2 && seen.over >= 5);
  assert_true(usual.net == 0);
  pol_team_destroy(wild);
  pol_team_destroy(tame);
  sim_model_destroy(model);
}

// a rally is a function of (seed, rally): played again it is the same, another one differs
static void test_rallies_are_numbered(void **unused) {
  (void)unused;
  SimError err = {0};
  SimModel *model = make_model();
  PolTeam *team = pol_team_load("nets.yaml", &err);
  assert_non_null(team);
  const size_t bytes = (size_t)sim_world_row_size(model) * sizeof(double);
  double *a = play_rows(model, team, team, 1, 1, 3), *b = play_rows(model, team, team, 1, 1, 3);
  double *c = play_rows(model, team, team, 1, 1, 4);
  assert_memory_equal(a, b, bytes);
  assert_memory_not_equal(a, c, bytes);
  free(a);
  free(b);
  free(c);
  pol_team_destroy(team);
  sim_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_classical_bits),       cmocka_unit_test(test_network_bits),
      cmocka_unit_test(test_serve_phase),          cmocka_unit_test(test_serve_that_stays),
      cmocka_unit_test(test_rallies_are_numbered), cmocka_unit_test(test_wild_digs),
  };
  return cmocka_run_group_tests(tests, write_files, NULL);
}
