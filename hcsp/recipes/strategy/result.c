// What a training leaves behind. A single late strategy is read and beaten easily, a mixture of
// several much less (hcsp/README.md 5.5); so candidates for the
// mixture are probed and the one that is exploited less becomes the team.
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/league/exploit.h"
#include "hcsp/league/nash.h"
#include "hcsp/recipes/seeds.h"
#include "hcsp/recipes/skills/critic.h"
#include "hcsp/recipes/strategy/internal.h"
#include "hcsp/train/policy.h"
#include "policies/shipped.h"
#include "sim/base/log.h"
#include "sim/base/text.h"

static const char CRITIC[] = "skills/" SKILLS_CRITIC_FILE;

// ---- mixtures

static int number_of(const LeaguePopulation *p, const PolStrategy *strategy) {
  for (int i = 0; i < p->n; i++) {
    if (&p->member[i]->strategy == strategy) {
      return i;
    }
  }
  assert(false);
  return -1;
}

// the pairs of the candidates that have not met yet
static SimStatus measure_cross(StrategyTrainer *tr, const LeaguePlayer *all, SimError *err) {
  const LeaguePopulation *p = tr->population;
  const int points = (int)tr->t->config->payoff_points / LEAGUE_CELLS * LEAGUE_CELLS;
  const int most = all->n * (all->n - 1) / 2;
  LeaguePairing *pairing = sim_new((size_t)most + 1, sizeof *pairing);
  int n = 0;
  for (int i = 0; i < all->n; i++) {
    for (int j = 0; j < i; j++) {
      const LeagueScore met = league_payoff_total(p->payoff, number_of(p, all->strategy[i]),
                                                  number_of(p, all->strategy[j]));
      if (league_score_points(&met) == 0) {
        pairing[n++] = (LeaguePairing){.first = league_player(all->strategy[i]),
                                       .second = league_player(all->strategy[j]),
                                       .points = points};
      }
    }
  }
  assert(n <= most);
  const LeagueTournament tournament = strategy_trainer_tournament(tr, RECIPE_SEED_CROSS);
  const SimStatus status = n > 0 ? league_tournament_play(pairing, n, &tournament, err) : SIM_OK;
  for (int i = 0; status == SIM_OK && i < n; i++) {
    for (int k = 0; k < LEAGUE_CELLS; k++) {
      league_payoff_add(p->payoff, number_of(p, pairing[i].first.strategy[0]),
                        number_of(p, pairing[i].second.strategy[0]), k, &pairing[i].cell[k]);
    }
  }
  free(pairing);
  return status;
}

// the Nash mixture of the late snapshots and the exploiters; members of almost no weight are left
// out
static SimStatus nash_mixture(LeaguePlayer *mixture, StrategyTrainer *tr, SimError *err) {
  const LeaguePopulation *p = tr->population;
  LeaguePlayer all = strategy_late_mixture(tr);
  int list[LEAGUE_POPULATION_MAX];
  const int exploiters = league_population_list(list, p, LEAGUE_MEMBER_EXPLOITER);
  for (int i = exploiters - 1; i >= 0 && all.n < POL_MIXTURE_MAX; i--) {
    all.strategy[all.n++] = &p->member[list[i]]->strategy;
  }
  double *value = sim_new((size_t)all.n * (size_t)all.n, sizeof *value);
  double weight[POL_MIXTURE_MAX], gap;
  SimStatus status = measure_cross(tr, &all, err);
  for (int i = 0; status == SIM_OK && i < all.n * all.n; i++) {
    const LeagueScore score = league_payoff_total(p->payoff, number_of(p, all.strategy[i / all.n]),
                                                  number_of(p, all.strategy[i % all.n]));
    value[i] = i / all.n == i % all.n ? 0.5 : league_score_value(&score);
  }
  status = status == SIM_OK ? league_nash_solve(weight, &gap, value, all.n, err) : status;
  mixture->n = 0;
  for (int i = 0; status == SIM_OK && i < all.n; i++) {
    if (weight[i] > 1e-3) {
      mixture->strategy[mixture->n] = all.strategy[i];
      mixture->weight[mixture->n++] = weight[i];
    }
  }
  free(value);
  return status;
}

// what a meta-solver's last solution says
static bool meta_mixture(LeaguePlayer *mixture, const StrategyTrainer *tr) {
  mixture->n = 0;
  for (int i = 0; strategy_trainer_responds(tr) && i < tr->population->n; i++) {
    if (tr->weight[i] > 1e-3 && mixture->n < POL_MIXTURE_MAX) {
      mixture->strategy[mixture->n] = &tr->population->member[i]->strategy;
      mixture->weight[mixture->n++] = tr->weight[i];
    }
  }
  return mixture->n > 0;
}

// ---- the team

// match steps are those of the run until now, of which the member is a part
static SimStatus save_member(const StrategyTrainer *tr, const PolStrategy *strategy,
                             SimError *err) {
  const LeagueMember *member = tr->population->member[number_of(tr->population, strategy)];
  const TrainOrigin origin = {
      .steps = member->decisions, .match_steps = tr->progress->steps, .seed = tr->t->options.seed};
  return train_policy_save(NULL, &tr->session, strategy->file, member->name, &origin,
                           (double)INFINITY, err);
}

// name of the file that fills slot, one for each network
static void skill_file(char out[96], const PolTeam *team, PolSlot slot) {
  assert(team->skill[slot]);
  const PolFile *file = team->skill[slot];
  int first = (int)slot, same = 0;
  for (int s = first; s >= 0; s--) {
    first = team->skill[s] == file ? s : first;
  }
  for (int s = 0; s < first; s++) {
    same += team->skill[s] && strcmp(team->skill[s]->name, file->name) == 0;
  }
  snprintf(out, 96, "%.64s%s%s.safetensors", file->name, same ? "_" : "",
           same ? pol_slot_name((PolSlot)first) : "");
}

static SimStatus save_skills(const StrategyTrainer *tr, SimError *err) {
  char folder[SIM_PATH_MAX], path[SIM_PATH_MAX], name[96];
  SIM_TRY(sim_path_join(folder, run_policies(tr->session.run), "skills", err));
  SIM_TRY(sim_file_make_folder(folder, err));
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    if (tr->team->skill[slot]) {
      skill_file(name, tr->team, (PolSlot)slot);
      SIM_TRY(sim_path_join(path, folder, name, err));
      SIM_TRY(pol_file_save(path, tr->team->skill[slot], err));
    }
  }
  return SIM_OK;
}

// Stage III goes on from this team, and learns by it
static SimStatus save_critic(const StrategyTrainer *tr, SimError *err) {
  char path[SIM_PATH_MAX];
  SIM_TRY(sim_path_join(path, run_policies(tr->session.run), CRITIC, err));
  return skills_critic_save(path, tr->critic, err);
}

static bool pins_calibration(const PolTeam *team) {
  return team->calibrated && team->options->calibration_hash != 0;
}

// what the team's flight times are from goes with its skills
static SimStatus save_calibration(const StrategyTrainer *tr, SimError *err) {
  char path[SIM_PATH_MAX];
  SIM_TRY(sim_path_join(path, run_policies(tr->session.run), "skills/calibration.json", err));
  return pol_calibration_save(path, &tr->team->calibration, err);
}

// for whoever measures it: whom it met, and by which luck it was trained
static void write_training(FILE *out, const StrategyTrainer *tr) {
  const char *rules = tr->t->config->opponents, *guest = tr->guest ? tr->guest->name : "";
  if (rules[0] || guest[0]) {
    fprintf(out, "met: \"%s%s%s\"\n", rules, rules[0] && guest[0] ? " " : "", guest);
  }
  fprintf(out, "seeds: \"%llu\"\n", (unsigned long long)tr->t->options.seed);
}

static char *team_text(const StrategyTrainer *tr, const LeaguePlayer *mixture) {
  const StrategyConfig *c = tr->t->config;
  char options[SIM_PATH_MAX];
  SimText text;
  FILE *out = sim_text_open(&text);
  if (!out) {
    return NULL;
  }
  snprintf(options, sizeof options, "%s", c->options[0] ? c->options : tr->team->options->name);
  char *absolute = pol_ends_with(options, ".yaml") ? realpath(options, NULL) : NULL;
  fprintf(
      out, "# %s after %lld decisions; one strategy is drawn per rally\nname: %s\noptions: %s\n",
      strategy_algorithm_name(c->algorithm), (long long)tr->learner->decisions,
      c->name[0] ? c->name : strategy_algorithm_name(c->algorithm), absolute ? absolute : options);
  fprintf(out, "strategy:\n");
  for (int i = 0; i < mixture->n; i++) {
    const int number = number_of(tr->population, mixture->strategy[i]);
    fprintf(out, "  - {policy: policies/%s.safetensors, weight: %.6g}\n",
            tr->population->member[number]->name, mixture->weight[i]);
  }
  fprintf(out, "sample: true\n%s%s%s", tr->team->sample_skills ? "" : "sample_skills: false\n",
          c->masks > 0 ? "" : "masked: false\n",
          pins_calibration(tr->team) ? "calibration: policies/skills/calibration.json\n" : "");
  if (tr->critic) {
    fprintf(out, "critic: policies/%s\n", CRITIC);
  }
  write_training(out, tr);
  fprintf(out, "skills:\n");
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    char name[96] = "classical";
    if (tr->team->skill[slot]) {
      skill_file(name, tr->team, (PolSlot)slot);
    }
    fprintf(out, "  %s: %s%s\n", pol_slot_name((PolSlot)slot),
            tr->team->skill[slot] ? "policies/skills/" : "", name);
  }
  free(absolute);
  return sim_text_close(&text);
}

SimStatus strategy_deploy(const StrategyTrainer *tr, const LeaguePlayer *mixture, SimError *err) {
  char path[SIM_PATH_MAX];
  SIM_TRY(save_skills(tr, err));
  if (tr->critic) {
    SIM_TRY(save_critic(tr, err));
  }
  if (pins_calibration(tr->team)) {
    SIM_TRY(save_calibration(tr, err));
  }
  for (int i = 0; i < mixture->n; i++) {
    SIM_TRY(save_member(tr, mixture->strategy[i], err));
  }
  SIM_TRY(run_file(path, tr->session.run, "team.yaml", err));
  return sim_text_save(path, team_text(tr, mixture), err);
}

// ---- the end of a training

static SimStatus probe(StrategyCandidate *candidate, const StrategyTrainer *tr, SimError *err) {
  const StrategyConfig *c = tr->t->config;
  char names[sizeof c->opponents + sizeof c->held_out + 1];
  snprintf(names, sizeof names, "%s %s", c->held_out, c->opponents);
  const int64_t budget = (int64_t)(c->probe_budget * (double)tr->t->options.budget);
  const int points = (int)c->probe_points / LEAGUE_CELLS * LEAGUE_CELLS;
  const LeagueTarget target = {
      .name = candidate->name, .team = tr->team, .player = candidate->mixture};
  const LeagueExploitOptions options = {.plan = {.game = tr->t->game,
                                                 .config = &tr->response,
                                                 .model = tr->engine.learn,
                                                 .rules = tr->engine.rules,
                                                 .target = &target,
                                                 .targets = 1,
                                                 .budget = {budget},
                                                 .budgets = budget > 0,
                                                 .seeds = (int)c->probe_seeds,
                                                 .warm_only = true,
                                                 .seed = tr->t->options.seed + RECIPE_SEED_PROBE,
                                                 .threads = tr->t->options.threads},
                                        .model = tr->engine.eval,
                                        .points = points,
                                        .final_points = STRATEGY_PROBE_FINAL * points,
                                        .names = names};
  return league_exploit_measure(&candidate->probe, &options, err);
}

// A mixture that nothing beats still loses every other point to itself. The figure on which the
// worst was chosen: the other one stays unused, for the report.
static double worst_of(const StrategyCandidate *candidate) {
  const LeagueWorst *worst = &candidate->probe.worst;
  return worst->row >= 0 ? fmax(worst->chosen.rate, 0.5) : 0.5;
}

static SimStatus choose(StrategyCandidate *candidate, int *n, int *best, StrategyTrainer *tr,
                        SimError *err) {
  *n = *best = 0;
  candidate[0].mixture = strategy_late_mixture(tr);
  snprintf(candidate[(*n)++].name, sizeof candidate->name, "late snapshots alike");
  SimStatus status = SIM_OK;
  if (tr->t->config->algorithm != STRATEGY_AVERAGE) {
    status = nash_mixture(&candidate[*n].mixture, tr, err);
    snprintf(candidate[(*n)++].name, sizeof candidate->name, "Nash mixture of the late pool");
  }
  if (meta_mixture(&candidate[*n].mixture, tr)) {
    snprintf(candidate[(*n)++].name, sizeof candidate->name, "last meta-strategy");
  }
  for (int i = 0; status == SIM_OK && i < *n; i++) {
    sim_log(SIM_LOG_INFO, "what beats this mixture? %s, %d strategies", candidate[i].name,
            candidate[i].mixture.n);
    status = probe(&candidate[i], tr, err);
    if (status == SIM_OK) {
      sim_log(SIM_LOG_INFO, "%s, %d strategies: at worst %.1f %% against it", candidate[i].name,
              candidate[i].mixture.n, 100 * worst_of(&candidate[i]));
      *best = worst_of(&candidate[i]) < worst_of(&candidate[*best]) ? i : *best;
    }
  }
  assert(*n >= 1 && *n <= STRATEGY_CANDIDATES && *best < *n);
  return status;
}

// the mixture by its files, and the figures of all candidates that it was chosen by: `hcsp ship`
// takes no other
static json_t *describe_deployed(const StrategyChoice *choice, const StrategyTrainer *tr) {
  assert(choice->team->strategies <= POL_MIXTURE_MAX);
  const PolTeam *team = choice->team;
  json_t *files = json_array(), *candidates = json_array();
  for (int i = 0; i < team->strategies; i++) {
    const char *slash = strrchr(team->strategy[i].file->path, '/');
    char hash[17];
    sim_hash_hex(hash, team->strategy[i].file->hash);
    json_array_append_new(files, json_pack("{s:s, s:s, s:f}", "file",
                                           slash ? slash + 1 : team->strategy[i].file->path, "hash",
                                           hash, "weight", team->weight[i]));
  }
  for (int i = 0; i < choice->n; i++) {
    json_array_append_new(candidates, json_pack("{s:s, s:f}", "name", choice->candidate[i].name,
                                                "worst", worst_of(&choice->candidate[i])));
  }
  return json_pack("{s:s, s:o, s:I, s:o}", "chosen", choice->candidate[choice->chosen].name,
                   "candidates", candidates, "seed",
                   (json_int_t)(tr->t->options.seed + RECIPE_SEED_PROBE), "files", files);
}

static SimStatus conclude(StrategyChoice *choice, StrategyTrainer *tr, SimError *err) {
  char path[SIM_PATH_MAX];
  SIM_TRY(choose(choice->candidate, &choice->n, &choice->chosen, tr, err));
  const LeaguePlayer *chosen = &choice->candidate[choice->chosen].mixture;
  SIM_TRY(strategy_deploy(tr, chosen, err));
  SIM_TRY(run_file(path, tr->session.run, "payoffs.json", err));
  SIM_TRY(league_payoff_save(path, tr->population->payoff, err));
  SIM_TRY(run_file(path, tr->session.run, "team.yaml", err));
  choice->team = pol_team_load(path, err);
  SIM_TRY(choice->team ? SIM_OK : err->status);
  assert(choice->chosen >= 0 && choice->chosen < choice->n);
  tr->deployed = describe_deployed(choice, tr);
  return tr->t->report ? tr->t->report(tr, choice, err) : SIM_OK;
}

SimStatus strategy_conclude(void *trainer, SimError *err) {
  StrategyChoice *choice = sim_new(1, sizeof *choice);
  const SimStatus status = conclude(choice, trainer, err);
  pol_team_destroy(choice->team);
  for (int i = 0; i < STRATEGY_CANDIDATES; i++) {
    league_exploit_free(&choice->candidate[i].probe);
  }
  free(choice);
  return status;
}
