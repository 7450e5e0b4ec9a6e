// What a flat policy's training leaves behind: the policies of the meta-strategy as a team.
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/recipes/flat/internal.h"
#include "sim/base/version.h"

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

// what was spent on the whole run until now, but for time: the same training writes the same bytes
static char *provenance_of(const FlatTrainer *tr) {
  char hash[17];
  sim_hash_hex(hash, sim_hash(tr->session.config_text, strlen(tr->session.config_text)));
  json_t *json = json_pack("{s:s, s:s, s:I, s:f, s:I}", "config", hash, "commit", sim_commit(),
                           "steps", (json_int_t)tr->learner->ppo.transitions, "match_steps",
                           env_flat_steps(tr->learner->env), "seed", (json_int_t)tr->t->order.seed);
  char *text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17));
  json_decref(json);
  return text;
}

static SimStatus save_policy(const FlatTrainer *tr, const PolStrategy *strategy, SimError *err) {
  char path[SIM_PATH_MAX], name[96];
  PolNet *net = strategy->file->net;
  PolFile file = *strategy->file;
  float learned[SIM_ROTORS];
  assert(net->log_std && net->arch.outputs == SIM_ROTORS);
  memcpy(learned, net->log_std, sizeof learned);
  for (int r = 0; r < SIM_ROTORS; r++) {
    net->log_std[r] = fminf(net->log_std[r], (float)tr->t->config->ppo.log_std_play);
  }
  snprintf(file.name, sizeof file.name, "%s", name_of(tr, strategy));
  snprintf(name, sizeof name, "%s.safetensors", name_of(tr, strategy));
  file.provenance = provenance_of(tr);
  SimStatus status = sim_path_join(path, run_policies(tr->session.run), name, err);
  status = status == SIM_OK ? pol_file_save(path, &file, err) : status;
  memcpy(net->log_std, learned, sizeof learned);
  free(file.provenance);
  return status;
}

SimStatus flat_deploy(void *trainer, SimError *err) {
  FlatTrainer *tr = trainer;
  const PolStrategy *strategy[POL_MIXTURE_MAX];
  double weight[POL_MIXTURE_MAX];
  char path[SIM_PATH_MAX], *text = NULL;
  size_t size = 0;
  const int n = list_deployed(strategy, weight, tr);
  const char *name = flat_algorithm_name(tr->t->config->algorithm);
  FILE *out = open_memstream(&text, &size);
  if (!out) {
    return sim_error(err, SIM_FAIL, "no memory for a team file");
  }
  fprintf(out, "# %s after %lld decisions; one policy is drawn per rally\nname: %s\nsample: true\n",
          name, (long long)tr->learner->ppo.transitions, name);
  fprintf(out, "flat:\n");
  SimStatus status = SIM_OK;
  for (int i = 0; status == SIM_OK && i < n; i++) {
    status = save_policy(tr, strategy[i], err);
    fprintf(out, "  - {policy: policies/%s.safetensors, weight: %.6g}\n", name_of(tr, strategy[i]),
            weight[i]);
  }
  fclose(out);
  status = status == SIM_OK ? run_file(path, tr->session.run, "team.yaml", err) : status;
  status = status == SIM_OK ? sim_file_write(path, text, size, err) : status;
  free(text);
  return status;
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
