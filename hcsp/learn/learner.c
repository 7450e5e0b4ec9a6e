#include "hcsp/learn/learner.h"

#include <assert.h>

static bool make_resident(PpoLearner *l, SimError *err) {
  env_resident_put(l->episodes);
  l->resident = ppo_resident_create(l->ppo, l->episodes, l->steps, err);
  return l->resident != NULL;
}

static bool make_collector(PpoLearner *l, const PpoLearnerOptions *o, SimError *err) {
  const EnvShape *shape = &o->env.shape;
  const int rows = env_rows(&o->env);
  l->collector =
      learn_collector_create(&o->env, o->device->ops->beside ? o->device : NULL, o->threads, err);
  rollout_create(&l->rollout, o->steps, rows, shape->inputs, shape->outputs);
  return l->collector != NULL;
}

SimStatus ppo_learner_create(PpoLearner *l, const PpoLearnerOptions *o, SimError *err) {
  const int rows = env_rows(&o->env);
  *l = (PpoLearner){.env = o->env, .episodes = o->episodes, .steps = o->steps};
  assert(o->actor.inputs == o->env.shape.inputs && o->actor.outputs == o->env.shape.outputs);
  assert(o->critic.inputs == o->env.shape.inputs && o->critic.outputs == 1);
  l->ppo = ppo_create(o->device, &o->config, &o->actor, &o->critic, o->steps, rows, o->seed, err);
  const bool ok = l->ppo && (l->episodes ? make_resident(l, err) : make_collector(l, o, err));
  return ok ? SIM_OK : err->status;
}

void ppo_learner_free(PpoLearner *l) {
  ppo_resident_destroy(l->resident);
  learn_collector_destroy(l->collector);
  ppo_destroy(l->ppo);
  rollout_free(&l->rollout);
  *l = (PpoLearner){.transitions = 0};
}

SimStatus ppo_learner_collect(PpoLearner *l, SimError *err) {
  return l->episodes ? SIM_OK
                     : learn_collect(l->collector, &l->rollout, l->ppo->actor->net, true, err);
}

// the rows of an iteration that failed, which the host has not seen
static void fetch_rows(PpoLearner *l) {
  const EnvShape *shape = &l->env.shape;
  if (!l->rollout.obs) {
    rollout_create(&l->rollout, l->steps, env_rows(&l->env), shape->inputs, shape->outputs);
  }
  ppo_resident_rows(&l->rollout, l->resident);
}

static SimStatus learn_resident(PpoStats *stats, int *bad_row, PpoLearner *l, double done,
                                SimError *err) {
  double tally[ENV_TALLY];
  const SimStatus status = ppo_resident_iterate(stats, tally, bad_row, l->resident, done, err);
  if (status == SIM_OK) {
    env_resident_count(l->episodes, tally);
    l->transitions += (int64_t)l->steps * env_rows(&l->env);
  } else if (*bad_row >= 0) {
    fetch_rows(l);
  }
  return status;
}

SimStatus ppo_learner_learn(PpoStats *stats, int *bad_row, PpoLearner *l, double done,
                            SimError *err) {
  if (l->episodes) {
    return learn_resident(stats, bad_row, l, done, err);
  }
  const int rows = l->rollout.steps * l->rollout.worlds;
  int learnt = 0;
  for (int i = 0; i < rows; i++) {
    learnt += !l->rollout.masked[i];
  }
  const SimStatus status = ppo_update(stats, bad_row, l->ppo, &l->rollout, done, err);
  l->transitions += status == SIM_OK ? learnt : 0;
  return status;
}

void ppo_learner_settle(PpoLearner *l) {
  mlp_download(l->ppo->actor);
  mlp_download(l->ppo->critic);
}

void ppo_learner_serialize(RunArchive *ar, PpoLearner *l) {
  ppo_serialize(ar, l->ppo);
  if (l->episodes && !run_archive_reads(ar)) {
    env_resident_get(l->episodes);
  }
  run_archive_values(ar, "transitions", POL_I64, 1, &l->transitions);
  void *bytes = run_archive_bytes(ar, "env", l->env.ops->size(l->env.self));
  if (bytes && !run_archive_reads(ar)) {
    l->env.ops->save(bytes, l->env.self);
  } else if (bytes && l->env.ops->load(l->env.self, bytes, ar->err) != SIM_OK) {
    run_archive_fail(ar, ar->err->status);
  } else if (bytes && l->episodes) {
    env_resident_put(l->episodes);
  }
}
