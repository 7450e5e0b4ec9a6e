// What a flat policy's training leaves behind: the policies of the meta-strategy as a team.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "hcsp/recipes/flat/internal.h"
#include "hcsp/train/policy.h"
#include "sim/base/text.h"

#define WEIGHT_MIN 1e-3  // members of less weight are not deployed

// ---- the team

// who is deployed: strategies, their names and weights; returns how many
static int list_deployed(const PolStrategy *strategy[POL_MIXTURE_MAX],
                         double weight[POL_MIXTURE_MAX], const FlatTrainer *tr) {
  const LeaguePopulation *p = tr->population;
  int n = 0;
  for (int i = 0; flat_responds(tr) && i < p->n; i++) {
    if (tr->weight[i] > WEIGHT_MIN) {
      strategy[n] = &p->member[i]->strategy;
      weight[n++] = tr->weight[i];
    }
  }
  if (n == 0) {
    strategy[0] = &tr->learner->strategy;
    weight[n++] = 1;
  }
  assert(n <= POL_MIXTURE_MAX);
  return n;
}

// the learner itself goes by the name of the algorithm
static const char *name_of(const FlatTrainer *tr, const PolStrategy *strategy) {
  return strategy == &tr->learner->strategy ? flat_algorithm_name(tr->t->config->algorithm)
                                            : strategy->name;
}

static SimStatus save_policy(const FlatTrainer *tr, const PolStrategy *strategy, SimError *err) {
  const TrainOrigin origin = {.steps = tr->learner->ppo.transitions,
                              .match_steps = env_flat_steps(tr->learner->env),
                              .seed = tr->t->options.seed};
  PolFile file = *strategy->file;
  snprintf(file.name, sizeof file.name, "%s", name_of(tr, strategy));
  return train_policy_save(NULL, &tr->session, &file, file.name, &origin,
                           tr->t->config->ppo.log_std_play, err);
}

SimStatus flat_deploy(void *trainer, SimError *err) {
  FlatTrainer *tr = trainer;
  const PolStrategy *strategy[POL_MIXTURE_MAX];
  double weight[POL_MIXTURE_MAX];
  char path[SIM_PATH_MAX];
  SimText text;
  const int n = list_deployed(strategy, weight, tr);
  const char *name = flat_algorithm_name(tr->t->config->algorithm);
  FILE *out = sim_text_open(&text);
  fprintf(out, "# %s after %lld decisions; one policy is drawn per rally\nname: %s\nsample: true\n",
          name, (long long)tr->learner->ppo.transitions, name);
  fprintf(out, "flat:\n");
  SimStatus status = SIM_OK;
  for (int i = 0; status == SIM_OK && i < n; i++) {
    status = save_policy(tr, strategy[i], err);
    fprintf(out, "  - {policy: policies/%s.safetensors, weight: %.6g}\n", name_of(tr, strategy[i]),
            weight[i]);
  }
  char *all = sim_text_close(&text);
  status = status ? status : run_file(path, tr->session.run, "team.yaml", err);
  if (status != SIM_OK) {
    free(all);
    return status;
  }
  return sim_text_save(path, all, err);
}

// ---- the end of a training

SimStatus flat_conclude(void *trainer, SimError *err) {
  const FlatTrainer *tr = trainer;
  char path[SIM_PATH_MAX];
  SimStatus status = flat_deploy(trainer, err);
  if (status == SIM_OK && tr->population->n > 0) {
    status = run_file(path, tr->session.run, "payoffs.json", err);
    status = status == SIM_OK ? league_payoff_save(path, tr->population->payoff, err) : status;
  }
  return status == SIM_OK && tr->t->report ? tr->t->report(tr, err) : status;
}
