// What a checkpoint holds of those who learn: every array of a learner, every member of a
// population, and the books of a session, each told apart from all others.
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcsp/stages/population_store.h"
#include "hcsp/stages/ppo_store.h"
#include "hcsp/stages/session.h"
#include "hcsp/stages/strategy/config.h"
#include "hcsp/stages/strategy/learner.h"
#include "sim/base/file.h"

enum { INPUTS = 5, OUTPUTS = 3, STEPS = 4, WORLDS = 2 };

static void empty_folder(const char *folder) {
  char command[128];
  SimError err = {0};
  snprintf(command, sizeof command, "rm -rf %s", folder);
  assert_int_equal(system(command), 0);
  assert_ok(sim_file_make_folder(folder, &err), &err);
}

static HcspCheckpoint *save(const char *folder, const HcspBlob *blob, int n, json_t *meta) {
  SimError err = {0};
  empty_folder(folder);
  assert_ok(hcsp_checkpoint_save(folder, 1, blob, n, meta, &err), &err);
  json_decref(meta);
  HcspCheckpoint *file = hcsp_checkpoint_latest(folder, &err);
  assert_non_null(file);
  return file;
}

// ---- one learner

static HcspPpo *make_ppo(KrnDevice *device) {
  SimError err = {0};
  const HcspPpoConfig config = {.epochs = 1, .minibatches = 1, .normalise_obs = true};
  const PolArch actor = {.inputs = INPUTS,
                         .outputs = OUTPUTS,
                         .layers = 1,
                         .hidden = {4},
                         .activation = POL_TANH,
                         .input_norm = POL_INPUT_FIXED};
  PolArch critic = actor;
  critic.outputs = 1;
  critic.hidden[0] = 6;
  HcspPpo *ppo = hcsp_ppo_create(device, &config, &actor, &critic, STEPS, WORLDS, 1, &err);
  assert_non_null(ppo);
  return ppo;
}

// the six arrays of a learner
static float *array_of(const HcspPpo *ppo, int i, size_t *n) {
  const HcspMlp *mlp = i < 3 ? ppo->actor : ppo->critic;
  *n = mlp->n;
  return i % 3 == 0 ? mlp->weight : i % 3 == 1 ? mlp->mean : mlp->square;
}

// numbers that say where they stand
static void number(HcspPpo *ppo, float first) {
  for (int i = 0; i < 6; i++) {
    size_t n;
    float *array = array_of(ppo, i, &n);
    for (size_t k = 0; k < n; k++) {
      array[k] = first + 100 * (float)i + (float)k;
    }
  }
  for (int j = 0; j < INPUTS; j++) {
    ppo->obs.mean[j] = (double)first + 0.1 * j;
    ppo->obs.square[j] = (double)first + 0.5 + 0.1 * j;
  }
  ppo->value.mean[0] = (double)first + 0.01;
  ppo->value.square[0] = (double)first + 0.02;
}

static void check_numbers(const HcspPpo *ppo, float first, bool moments) {
  for (int i = 0; i < 6; i++) {
    size_t n;
    const float *array = array_of(ppo, i, &n);
    for (size_t k = 0; k < n; k++) {
      const float wanted = moments || i % 3 == 0 ? first + 100 * (float)i + (float)k : 0;
      assert_true(array[k] == wanted);
    }
  }
  // what the processor plays with
  assert_true(ppo->actor->net->block[ppo->actor->skip] == first);
  assert_true(ppo->critic->net->block[ppo->critic->skip] == first + 300);
}

static void every_array_comes_back_to_its_place(void **state) {
  (void)state;
  SimError err = {0};
  KrnDevice *device = krn_cpu_create(1, &err);
  HcspPpo *one = make_ppo(device), *two = make_ppo(device);
  number(one, 1000);
  HcspBlob blob[HCSP_PPO_NETS + HCSP_PPO_STATISTICS];
  const int n = hcsp_ppo_net_blobs(blob, one);
  assert_int_equal(n, HCSP_PPO_NETS);
  HcspCheckpoint *file =
      save("arrays", blob, n + hcsp_ppo_statistics_blobs(blob + n, one), json_object());
  // without moments these stay as they are
  assert_ok(hcsp_ppo_read_nets(two, file, false, &err), &err);
  check_numbers(two, 1000, false);
  assert_ok(hcsp_ppo_read_nets(two, file, true, &err), &err);
  assert_ok(hcsp_ppo_read_statistics(two, file, &err), &err);
  check_numbers(two, 1000, true);
  for (int j = 0; j < INPUTS; j++) {
    assert_near(two->obs.mean[j], 1000 + 0.1 * j, 1e-12);
    assert_near(two->obs.square[j], 1000.5 + 0.1 * j, 1e-12);
  }
  assert_near(two->value.mean[0], 1000.01, 1e-12);
  assert_near(two->value.square[0], 1000.02, 1e-12);
  // and into the network that plays
  hcsp_ppo_put_statistics(two->actor->net, two);
  assert_near((double)two->actor->net->input_a[2], 1000.2, 1e-3);
  assert_near((double)two->actor->net->input_b[2], sqrt(1000.7), 1e-3);
  for (int i = 0; i < n; i++) {
    free((void *)(uintptr_t)blob[i].value);
  }
  hcsp_checkpoint_destroy(file);
  hcsp_ppo_destroy(one);
  hcsp_ppo_destroy(two);
  krn_device_destroy(device);
}

static void learners_in_one_file_keep_apart(void **state) {
  (void)state;
  SimError err = {0};
  KrnDevice *device = krn_cpu_create(1, &err);
  HcspPpo *one = make_ppo(device), *two = make_ppo(device), *back = make_ppo(device);
  number(one, 1000);
  number(two, 5000);
  HcspBlob blob[2 * HCSP_PPO_NETS];
  char name[2 * HCSP_PPO_NETS][HCSP_PPO_BLOB_NAME];
  int n = hcsp_ppo_net_blobs_of(blob, name, "set.", one);
  n += hcsp_ppo_net_blobs_of(blob + n, name + n, "pass.", two);
  HcspCheckpoint *file = save("pair", blob, n, json_object());
  assert_ok(hcsp_ppo_read_nets_of(back, "set.", file, &err), &err);
  check_numbers(back, 1000, true);
  assert_ok(hcsp_ppo_read_nets_of(back, "pass.", file, &err), &err);
  check_numbers(back, 5000, true);
  assert_int_equal(hcsp_ppo_read_nets_of(back, "dig.", file, &err), SIM_BAD_INPUT);
  for (int i = 0; i < n; i++) {
    free((void *)(uintptr_t)blob[i].value);
  }
  hcsp_checkpoint_destroy(file);
  hcsp_ppo_destroy(one);
  hcsp_ppo_destroy(two);
  hcsp_ppo_destroy(back);
  krn_device_destroy(device);
}

// ---- a strategy that learns

typedef struct Bench {
  HcspStrategyConfig config;
  SimModel *model;
  PolTeam *team;
} Bench;

static int open_bench(void **state) {
  static const char *const WORDS[] = {"matches=3", "batch=48", "minibatch=24", "net=small"};
  SimError err = {0};
  Bench *b = calloc(1, sizeof *b);
  assert_ok(hcsp_strategy_config_load(&b->config, "smoke", NULL, WORDS, 4, &err), &err);
  SimModelOptions options = sim_model_default();
  options.scenery = false;
  b->model = sim_model_create(&options, &err);
  b->team = pol_team_load("stage1_plus", &err);
  assert_non_null(b->model);
  assert_non_null(b->team);
  *state = b;
  return 0;
}

static int close_bench(void **state) {
  Bench *b = *state;
  pol_team_destroy(b->team);
  sim_model_destroy(b->model);
  free(b);
  return 0;
}

static HcspLearner *make_learner(const Bench *b, uint64_t seed) {
  SimError err = {0};
  const HcspLearnerOptions options = {.config = &b->config,
                                      .model = b->model,
                                      .team = b->team,
                                      .rules = sim_rules_find("court"),
                                      .threads = 1,
                                      .device = "cpu",
                                      .seed = seed};
  HcspLearner *l = hcsp_learner_create(&options, &err);
  if (!l) {
    fail_msg("%s", err.text);
  }
  const HcspRival itself = {.weight = 1};
  hcsp_matches_set_rivals(l->matches, &itself, 1);
  return l;
}

// counters are all different, so that none can stand in for another
static void a_learner_goes_on_where_it_was(void **state) {
  const Bench *b = *state;
  SimError err = {0};
  HcspPpoFigures figures;
  HcspLearner *one = make_learner(b, 1), *two = make_learner(b, 1);
  assert_ok(hcsp_learner_update(&figures, one, 0, &err), &err);
  one->ppo->iteration = 11;
  one->ppo->step = 23;
  one->ppo->rate = 0.0123;
  one->decisions = 4567;
  HcspBlob blob[HCSP_LEARNER_BLOBS];
  const int n = hcsp_learner_blobs(blob, one);
  assert_true(n > 0);
  HcspCheckpoint *file = save("learner", blob, n, json_object());
  hcsp_learner_blobs_free(blob, n);
  assert_ok(hcsp_learner_restore(two, file, &err), &err);
  assert_int_equal(two->ppo->iteration, 11);
  assert_int_equal(two->ppo->step, 23);
  assert_int_equal(two->decisions, 4567);
  assert_near(two->ppo->rate, 0.0123, 0);
  for (int i = 0; i < 6; i++) {
    size_t count;
    const float *a = array_of(one->ppo, i, &count), *c = array_of(two->ppo, i, &count);
    assert_memory_equal(a, c, count * sizeof *a);
  }
  assert_memory_equal(one->book->open, two->book->open,
                      (size_t)one->book->shape.rows * sizeof *one->book->open);
  assert_near(two->book->paid, one->book->paid, 0);
  assert_near(hcsp_matches_steps(two->matches), hcsp_matches_steps(one->matches), 0);
  assert_true(hcsp_matches_steps(two->matches) > 0);
  assert_ok(hcsp_learner_update(&figures, one, 0.5, &err), &err);
  assert_ok(hcsp_learner_update(&figures, two, 0.5, &err), &err);
  assert_memory_equal(one->ppo->actor->weight, two->ppo->actor->weight,
                      one->ppo->actor->n * sizeof(float));
  hcsp_checkpoint_destroy(file);
  hcsp_learner_destroy(one);
  hcsp_learner_destroy(two);
}

// ---- a population

static HcspPopulation *make_population(const Bench *b) {
  SimError err = {0};
  HcspPopulation *p = hcsp_population_create(b->team->options, &err);
  assert_ok(hcsp_population_add_rule(p, HCSP_MEMBER_RULE, "random", &err), &err);
  return p;
}

static void members_keep_their_weights_and_results(void **state) {
  const Bench *b = *state;
  SimError err = {0};
  HcspLearner *l = make_learner(b, 2);
  HcspPopulation *p = make_population(b), *q = make_population(b);
  float *weight = l->file.net->block;
  for (int i = 0; i < 3; i++) {
    char name[16];
    snprintf(name, sizeof name, "m%d", i);
    weight[0] = 7 + (float)i;
    const HcspMemberKind kind = i == 1 ? HCSP_MEMBER_EXPLOITER : HCSP_MEMBER_SNAPSHOT;
    assert_ok(hcsp_population_add_net(p, kind, name, &l->strategy, 10 * (i + 1), &err), &err);
  }
  const HcspScore score = {.wins = 5, .losses = 3, .draws = 1};
  hcsp_payoff_add(p->payoff, 3, 1, 2, &score);
  HcspBlob blob[4];
  char name[4][HCSP_MEMBER_BLOB_NAME];
  json_t *meta = json_object();
  hcsp_population_describe(meta, p);
  HcspCheckpoint *file = save("members", blob, hcsp_population_blobs(blob, name, p), meta);
  assert_ok(hcsp_population_restore(q, &l->strategy, file, &err), &err);
  assert_int_equal(q->n, 4);
  for (int i = 0; i < 3; i++) {
    const HcspMember *member = q->member[1 + i];
    assert_string_equal(member->name, p->member[1 + i]->name);
    assert_int_equal(member->kind, p->member[1 + i]->kind);
    assert_int_equal(member->decisions, 10 * (i + 1));
    assert_true(member->strategy.file->net->block[0] == 7 + (float)i);
  }
  assert_near(hcsp_payoff_cell(q->payoff, 3, 1, 2)->wins, 5, 0);
  assert_near(hcsp_payoff_cell(q->payoff, 1, 3, hcsp_cell_mirror(2))->losses, 5, 0);
  hcsp_checkpoint_destroy(file);
  hcsp_population_destroy(p);
  hcsp_population_destroy(q);
  hcsp_learner_destroy(l);
}

// ---- a session

// A training that learns from ten decisions at a time.
typedef struct Fake {
  HcspSession session;
  KrnDevice *device;
  int64_t decisions;
  int turns, stores;
} Fake;

static SimStatus fake_iterate(void *training, SimError *err) {
  Fake *fake = training;
  (void)err;
  fake->decisions += 10;
  fake->turns++;
  return SIM_OK;
}

static int64_t fake_decisions(const void *training) {
  return ((const Fake *)training)->decisions;
}

static SimStatus fake_store(void *training, bool complete, SimError *err) {
  Fake *fake = training;
  const HcspOrder *order = fake->session.order;
  const HcspBlob blob = {"decisions", POL_I64, 1, &fake->decisions};
  json_t *meta =
      json_pack("{s:s, s:I, s:I, s:b}", "config", "same", "seed", (json_int_t)order->seed, "budget",
                (json_int_t)order->budget, "complete", complete);
  fake->stores++;
  return hcsp_session_save(&fake->session, fake->device, &blob, 1, meta, err);
}

static SimStatus fake_restore(void *training, bool *complete, SimError *err) {
  Fake *fake = training;
  HcspCheckpoint *file = hcsp_session_latest(&fake->session, "same", err);
  if (!file) {
    return err->status;
  }
  *complete = json_is_true(json_object_get(hcsp_checkpoint_meta(file), "complete"));
  const SimStatus status =
      hcsp_checkpoint_read(&fake->decisions, file, "decisions", POL_I64, 1, err);
  hcsp_checkpoint_destroy(file);
  return status;
}

// runs in folder "session"; the status of opening it
static SimStatus run_fake(Fake *fake, int64_t budget, uint64_t seed, double seconds,
                          SimError *err) {
  static const HcspTraining DOES = {fake_iterate, fake_decisions, fake_store, fake_restore};
  static char word[] = "test", *const words[] = {word};
  const HcspOrder order = {.folder = "session",
                           .resume_command = "again",
                           .resume = true,
                           .budget = budget,
                           .seed = seed,
                           .threads = 1,
                           .checkpoint_seconds = seconds,
                           .argc = 1,
                           .argv = words};
  *fake = (Fake){.device = krn_cpu_create(1, err)};
  SimStatus status = hcsp_session_open(&fake->session, &order, &DOES, fake, strdup("same: 1\n"),
                                       json_object(), fake->device, err);
  if (status == SIM_OK && !fake->session.complete) {
    status = hcsp_session_turn(&fake->session, "test", err);
    status = status == SIM_OK ? fake_store(fake, true, err) : status;
  }
  hcsp_session_close(&fake->session);
  krn_device_destroy(fake->device);
  return status;
}

static void a_session_spends_its_budget_once(void **state) {
  (void)state;
  SimError err = {0};
  Fake fake;
  empty_folder("session");
  assert_int_equal(rmdir("session"), 0);
  // 21 takes three times ten; nothing is stored before an hour has passed, but the end
  assert_ok(run_fake(&fake, 21, 3, 3600, &err), &err);
  assert_int_equal(fake.turns, 3);
  assert_int_equal(fake.stores, 1);
  // done is done
  assert_ok(run_fake(&fake, 21, 3, 3600, &err), &err);
  assert_int_equal(fake.turns, 0);
  assert_int_equal(fake.decisions, 30);
  // neither more nor less, and not by other dice
  assert_refused(run_fake(&fake, 22, 3, 0, &err), SIM_BAD_INPUT, &err, "budget of 21");
  assert_refused(run_fake(&fake, 20, 3, 0, &err), SIM_BAD_INPUT, &err, "budget of 21");
  assert_refused(run_fake(&fake, 21, 4, 0, &err), SIM_BAD_INPUT, &err, "seed 3; wanted 4");
  assert_refused(run_fake(&fake, 21, 2, 0, &err), SIM_BAD_INPUT, &err, "seed 3; wanted 2");
  // a checkpoint after every turn when no time may pass without one
  empty_folder("session");
  assert_int_equal(rmdir("session"), 0);
  assert_ok(run_fake(&fake, 20, 3, 0, &err), &err);
  assert_int_equal(fake.turns, 2);
  assert_int_equal(fake.stores, 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_array_comes_back_to_its_place),
      cmocka_unit_test(learners_in_one_file_keep_apart),
      cmocka_unit_test_setup_teardown(a_learner_goes_on_where_it_was, open_bench, close_bench),
      cmocka_unit_test_setup_teardown(members_keep_their_weights_and_results, open_bench,
                                      close_bench),
      cmocka_unit_test(a_session_spends_its_budget_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
