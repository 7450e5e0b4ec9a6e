// A checkpoint of the first part: the strategy that learns with its matches, the skills with their
// strikes in flight.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/recipes/coself/internal.h"
#include "sim/base/log.h"
#include "sim/base/version.h"

enum { BLOBS_MAX = STRATEGY_LEARNER_BLOBS + ENV_STRIKE_SKILLS_MAX * COSELF_SKILL_BLOBS + 1 };

// hash of the settings that shape the result: all but the budgets of presets and what only the
// second part reads
static void config_hash(char hash[17], const CoselfJoint *g) {
  CoselfConfig config = *g->config;
  config.joint_smoke = config.joint_quick = config.joint_full = 0;
  config.alone_smoke = config.alone_quick = config.alone_full = 1;
  config.points = 4;
  char *text = coself_config_text(&config);
  sim_hash_hex(hash, text ? sim_hash(text, strlen(text)) : 0);
  free(text);
}

static json_t *describe(const CoselfJoint *g, bool complete) {
  char config[17];
  config_hash(config, g);
  return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:b}", "kind", "coself", "name",
                   "coself", "config", config, "budget", (json_int_t)g->order.budget, "decisions",
                   (json_int_t)g->learner->decisions, "iteration",
                   (json_int_t)g->learner->ppo->iteration, "seed", (json_int_t)g->t->order.seed,
                   "commit", sim_commit(), "complete", complete);
}

// all arrays; returns their number, 0 without memory
static int list_blobs(RunBlob blob[BLOBS_MAX], char (*name)[COSELF_SKILL_BLOBS][COSELF_BLOB_NAME],
                      CoselfJoint *g) {
  int n = strategy_learner_blobs(blob, g->learner);
  bool ok = n > 0;
  for (int k = 0; ok && k < g->skills; k++) {
    const int more = coself_skill_blobs(blob + n, name[k], &g->skill[k]);
    ok = more > 0;
    n += more;
  }
  const size_t size = env_strikes_size(g->strikes);
  void *strikes = ok ? malloc(size) : NULL;
  if (!strikes) {
    strategy_learner_blobs_free(blob, n);
    return 0;
  }
  env_strikes_save(strikes, g->strikes);
  blob[n++] = (RunBlob){"strikes", POL_U8, size, strikes};
  return n;
}

SimStatus coself_joint_store(void *together, bool complete, SimError *err) {
  CoselfJoint *g = together;
  RunBlob blob[BLOBS_MAX];
  char name[ENV_STRIKE_SKILLS_MAX][COSELF_SKILL_BLOBS][COSELF_BLOB_NAME];
  const int n = list_blobs(blob, name, g);
  if (n == 0) {
    return sim_error(err, SIM_FAIL, "no memory for a checkpoint");
  }
  const SimStatus status = train_save(&g->session, g->device, blob, n, describe(g, complete), err);
  strategy_learner_blobs_free(blob, n);
  // what plays follows what is stored
  return status == SIM_OK && !complete ? coself_joint_deploy(g, err) : status;
}

// ---- restoring

static SimStatus read_strikes(CoselfJoint *g, const RunCheckpoint *file, SimError *err) {
  const size_t size = env_strikes_size(g->strikes);
  void *bytes = malloc(size);
  SimStatus status = bytes ? run_checkpoint_read(bytes, file, "strikes", POL_U8, size, err)
                           : sim_error(err, SIM_FAIL, "no memory for a checkpoint");
  if (status == SIM_OK) {
    env_strikes_load(g->strikes, bytes);
  }
  free(bytes);
  return status;
}

SimStatus coself_joint_restore(void *together, bool *complete, SimError *err) {
  CoselfJoint *g = together;
  char hash[17];
  config_hash(hash, g);
  RunCheckpoint *file = train_latest(&g->session, hash, err);
  if (!file) {
    return err->status;
  }
  SimStatus status = SIM_OK;
  for (int k = 0; status == SIM_OK && k < g->skills; k++) {
    status = coself_skill_restore(&g->skill[k], file, err);
  }
  status = status == SIM_OK ? read_strikes(g, file, err) : status;
  status = status == SIM_OK ? strategy_learner_restore(g->learner, file, err) : status;
  *complete = json_is_true(json_object_get(run_checkpoint_meta(file), "complete"));
  run_checkpoint_destroy(file);
  return status;
}
