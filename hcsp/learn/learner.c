#include "hcsp/learn/learner.h"

#include <assert.h>

SimStatus ppo_learner_create(PpoLearner *l, const PpoLearnerOptions *o, SimError *err) {
  const EnvShape *shape = &o->env.shape;
  const int rows = env_rows(&o->env);
  *l = (PpoLearner){.env = o->env};
  assert(o->actor.inputs == shape->inputs && o->actor.outputs == shape->outputs);
  assert(o->critic.inputs == shape->inputs && o->critic.outputs == 1);
  l->ppo = ppo_create(o->device, &o->config, &o->actor, &o->critic, o->steps, rows, o->seed, err);
  l->collector = l->ppo ? learn_collector_create(&o->env, o->device->ops->beside ? o->device : NULL,
                                                 o->threads, err)
                        : NULL;
  if (!l->collector) {
    return err->status;
  }
  return rollout_create(&l->rollout, o->steps, rows, shape->inputs, shape->outputs)
             ? SIM_OK
             : sim_error(err, SIM_FAIL, "no memory for %d steps of %d agents", o->steps, rows);
}

void ppo_learner_free(PpoLearner *l) {
  learn_collector_destroy(l->collector);
  ppo_destroy(l->ppo);
  rollout_free(&l->rollout);
  *l = (PpoLearner){.transitions = 0};
}

SimStatus ppo_learner_collect(PpoLearner *l, SimError *err) {
  return learn_collect(l->collector, &l->rollout, l->ppo->actor->net, true, err);
}

SimStatus ppo_learner_learn(PpoStats *stats, int *bad_row, PpoLearner *l, double done,
                            SimError *err) {
  const int rows = l->rollout.steps * l->rollout.worlds;
  int learnt = 0;
  for (int i = 0; i < rows; i++) {
    learnt += !l->rollout.masked[i];
  }
  const SimStatus status = ppo_update(stats, bad_row, l->ppo, &l->rollout, done, err);
  l->transitions += status == SIM_OK ? learnt : 0;
  return status;
}

void ppo_learner_serialize(RunArchive *ar, PpoLearner *l) {
  ppo_serialize(ar, l->ppo);
  run_archive_values(ar, "transitions", POL_I64, 1, &l->transitions);
  void *bytes = run_archive_bytes(ar, "env", l->env.ops->size(l->env.self));
  if (bytes && !run_archive_reads(ar)) {
    l->env.ops->save(bytes, l->env.self);
  } else if (bytes && l->env.ops->load(l->env.self, bytes, ar->err) != SIM_OK) {
    run_archive_fail(ar, ar->err->status);
  }
}
