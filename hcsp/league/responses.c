// A response is one run of the largest budget with copies on the way, so that a curve over budget
// costs no more than its last point. Its file is named by the hash of what it depends on: target,
// configuration, seed, start and the largest budget, with which the learning rate falls. Responses
// to other targets or by other settings therefore lie side by side in one folder. Ranks take runs
// as they are free; the files go to all of them.
#include "hcsp/league/responses.h"

#include <assert.h>
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcsp/fleet/fleet.h"
#include "sim/base/file.h"
#include "sim/base/log.h"
#include "sim/base/text.h"
#include "sim/base/version.h"

// One run, which leaves plan->budgets responses.
typedef struct Run {
  const LeagueResponsePlan *plan;
  int target, seed;
  LeagueFrom from;
  const PolFile *start;  // NULL: from nothing
  char key[17];          // of what it depends on
} Run;

// ---- what a response depends on

LeaguePlayer league_team_player(const PolTeam *team) {
  LeaguePlayer player = {.n = team->strategies};
  for (int i = 0; i < team->strategies; i++) {
    player.strategy[i] = &team->strategy[i];
    player.weight[i] = team->weight[i];
  }
  return player;
}

int league_likely_member(const LeaguePlayer *player, int k) {
  assert(player->n <= POL_MIXTURE_MAX && k >= 0);
  int order[POL_MIXTURE_MAX], n = 0;
  for (int i = 0; i < player->n; i++) {
    if (player->strategy[i]->kind == POL_STRATEGY_NET) {
      int at = n++;
      // a later one goes before those of less weight alone
      while (at > 0 && player->weight[order[at - 1]] < player->weight[i]) {
        order[at] = order[at - 1];
        at--;
      }
      order[at] = i;
    }
  }
  return n > 0 ? order[k % n] : -1;
}

static uint64_t net_hash(const PolFile *file) {
  return file ? sim_hash(file->net->block, league_net_floats(file->net) * sizeof(float)) : 0;
}

uint64_t league_target_hash(const LeagueTarget *target, const SimRules *rules) {
  const PolTeam *team = target->team;
  SimText text;
  FILE *out = sim_text_open(&text);
  fprintf(out, "%s %016llx %016llx %d", rules->name, (unsigned long long)team->options->hash,
          (unsigned long long)team->options->calibration_hash, team->sample_skills);
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    fprintf(out, " %016llx", (unsigned long long)net_hash(team->skill[slot]));
  }
  for (int i = 0; i < target->player.n; i++) {
    const PolStrategy *s = target->player.strategy[i];
    fprintf(out, "\n%d %s %d %d %016llx %.17g", (int)s->kind, s->kind == POL_RULE ? s->name : "",
            s->sample, s->unmasked, (unsigned long long)net_hash(s->file),
            target->player.weight[i]);
  }
  char *data = sim_text_close(&text);
  const uint64_t hash = sim_hash(data, text.size);
  free(data);
  return hash;
}

static void make_key(Run *run) {
  const LeagueResponsePlan *plan = run->plan;
  char *config = strategy_config_text(plan->config), text[192];
  snprintf(text, sizeof text, "%016llx %016llx %016llx %llu %d %d %016llx %lld",
           (unsigned long long)league_target_hash(&plan->target[run->target], plan->rules),
           (unsigned long long)plan->model->hash,
           (unsigned long long)sim_hash(config, strlen(config)), (unsigned long long)plan->seed,
           run->seed, (int)run->from, (unsigned long long)net_hash(run->start),
           (long long)plan->budget[plan->budgets - 1]);
  sim_hash_hex(run->key, sim_hash(text, strlen(text)));
  free(config);
}

static const char *start_name(LeagueFrom from) {
  return from == LEAGUE_FROM_WARM ? "warm" : "nothing";
}

// ---- files

static SimStatus path_of(char path[SIM_PATH_MAX], const Run *run, int64_t budget, SimError *err) {
  char name[160], team[64];
  snprintf(team, sizeof team, "%s", run->plan->target[run->target].name);
  for (char *c = team; *c; c++) {
    *c = isalnum((unsigned char)*c) || *c == '_' || *c == '-' ? *c : '_';
  }
  snprintf(name, sizeof name, "%s-%s-seed%d-%lld-%.8s.safetensors", team, start_name(run->from),
           run->seed, (long long)budget, run->key);
  return sim_path_join(path, run->plan->keep, name, err);
}

// a response as it is stored; *data is malloc'ed
static SimStatus format(char **data, size_t *size, const Run *run, const PolFile *response,
                        int64_t budget, SimError *err) {
  PolFile file = *response;
  const LeagueTarget *target = &run->plan->target[run->target];
  json_t *json =
      json_pack("{s:s, s:s, s:s, s:i, s:I, s:I, s:I, s:s}", "response", run->key, "target",
                target->name, "from", start_name(run->from), "number", run->seed, "seed",
                (json_int_t)run->plan->seed, "budget", (json_int_t)budget, "run_budget",
                (json_int_t)run->plan->budget[run->plan->budgets - 1], "commit", sim_commit());
  file.provenance = json_dumps(json, JSON_COMPACT);
  const SimStatus status = pol_file_format(data, size, &file, err);
  free(file.provenance);
  json_decref(json);
  return status;
}

// the file is of this run and budget, and plays over the target's table
static bool belongs(const PolFile *file, const Run *run, int64_t budget) {
  const PolStrategy strategy = {.kind = POL_STRATEGY_NET, .file = (PolFile *)(uintptr_t)file};
  json_t *json = json_loads(file->provenance, 0, NULL);
  const char *key = json_string_value(json_object_get(json, "response"));
  const bool same =
      key && strcmp(key, run->key) == 0 &&
      json_integer_value(json_object_get(json, "budget")) == budget &&
      file->kind == POL_KIND_STRATEGY &&
      pol_strategy_check(&strategy, run->plan->target[run->target].team->options, NULL) == SIM_OK;
  json_decref(json);
  return same;
}

// NULL: not there, or not what it should be, which a warning tells
static PolFile *find(const Run *run, int64_t budget) {
  char path[SIM_PATH_MAX];
  SimError err = {0};
  if (path_of(path, run, budget, &err) != SIM_OK || access(path, F_OK) != 0) {
    return NULL;
  }
  PolFile *file = pol_file_load(path, &err);
  if (!file) {
    sim_log(SIM_LOG_WARNING, "%s; trained again", err.text);
  } else if (!belongs(file, run, budget)) {
    sim_log(SIM_LOG_WARNING, "%s: not the response that its name says; trained again", path);
    pol_file_destroy(file);
    file = NULL;
  }
  return file;
}

// ---- training

static void free_files(PolFile **file, int n) {
  for (int i = 0; i < n; i++) {
    pol_file_destroy(file[i]);
    file[i] = NULL;
  }
}

// all budgets of a run, or none
static bool find_all(PolFile **file, const Run *run) {
  const LeagueResponsePlan *plan = run->plan;
  int found = 0;
  while (plan->keep && found < plan->budgets && (file[found] = find(run, plan->budget[found]))) {
    found++;
  }
  if (found < plan->budgets) {
    free_files(file, found);
  }
  return found == plan->budgets;
}

static SimStatus train(PolFile **file, const Run *run, SimProgress *progress, double before,
                       SimError *err) {
  const LeagueResponsePlan *plan = run->plan;
  const LeagueTarget *target = &plan->target[run->target];
  // far apart, so that no two runs of two measurements share one
  const LeagueLearnerOptions options = {
      .game = plan->game,
      .config = plan->config,
      .model = plan->model,
      .team = target->team,
      .rules = plan->rules,
      .threads = plan->threads,
      .seed = plan->seed + ((uint64_t)(2 * run->seed + (run->from == LEAGUE_FROM_WARM)) << 32),
      .start = run->start,
      .progress = plan->progress ? progress : NULL,
      .before = before};
  LeagueScore late;
  double low, high;
  SIM_TRY(league_best_response(file, &late, &options, &target->player, plan->budget, plan->budgets,
                               err));
  if (plan->progress) {
    const double rate = league_score_win_rate(&low, &high, &late);
    sim_log(SIM_LOG_INFO, "%s: response from %s, seed %d: won %.1f %% while it learnt",
            target->name, start_name(run->from), run->seed, 100 * rate);
  }
  return SIM_OK;
}

// What the runs of a plan have in common while they are worked on.
typedef struct Work {
  Run *run;
  SimProgress progress;
  double before;  // decisions of this rank's runs
} Work;

// adds a response to what a run leaves, its size in front, and keeps it
static SimStatus leave(FILE *out, const Run *run, const PolFile *file, int64_t budget, bool keep,
                       SimError *err) {
  char path[SIM_PATH_MAX], *data = NULL;
  size_t size = 0;
  SimStatus status = format(&data, &size, run, file, budget, err);
  if (status == SIM_OK) {
    fwrite(&size, sizeof size, 1, out);
    fwrite(data, 1, size, out);
  }
  if (status == SIM_OK && keep) {
    status = path_of(path, run, budget, err);
    status = status == SIM_OK ? sim_file_write(path, data, size, err) : status;
  }
  free(data);
  return status;
}

// finds or trains what one run leaves: its responses by budget
static SimStatus respond(FleetBytes *left, int item, void *arg, SimError *err) {
  Work *work = arg;
  Run *run = &work->run[item];
  const LeagueResponsePlan *plan = run->plan;
  PolFile *file[LEAGUE_BUDGETS_MAX] = {NULL};
  SimText text;
  FILE *out = sim_text_open(&text);
  SimStatus status = SIM_OK;
  make_key(run);
  const bool found = find_all(file, run);
  if (found) {
    work->progress.total -= (double)plan->budget[plan->budgets - 1];
  } else {
    status = train(file, run, &work->progress, work->before, err);
    work->before += (double)plan->budget[plan->budgets - 1];
  }
  for (int i = 0; status == SIM_OK && i < plan->budgets; i++) {
    status = leave(out, run, file[i], plan->budget[i], plan->keep && !found, err);
  }
  left->data = sim_text_close(&text);
  left->size = text.size;
  free_files(file, plan->budgets);
  return status;
}

// what a rank that sees another folder has trained is kept, too
static SimStatus keep_missing(const Run *run, int64_t budget, const char *data, size_t size,
                              SimError *err) {
  char path[SIM_PATH_MAX];
  SIM_TRY(path_of(path, run, budget, err));
  if (fleet_rank() == 0 && access(path, F_OK) != 0) {
    SIM_TRY(sim_file_write(path, data, size, err));
  }
  return SIM_OK;
}

static SimStatus take(LeagueResponses *out, Run *run, const FleetBytes *left, SimError *err) {
  const LeagueResponsePlan *plan = run->plan;
  const char *at = left->data;
  make_key(run);
  for (int i = 0; i < plan->budgets; i++) {
    size_t size;
    memcpy(&size, at, sizeof size);
    at += sizeof size;
    PolFile *file = pol_file_parse("best response", at, size, err);
    SIM_TRY(file ? SIM_OK : err->status);
    out->response[out->n++] =
        (LeagueResponse){run->target, run->from, run->seed, plan->budget[i], file};
    if (plan->keep) {
      SIM_TRY(keep_missing(run, plan->budget[i], at, size, err));
    }
    at += size;
  }
  return SIM_OK;
}

// the runs of the plan, in their order; returns how many, run may be NULL
static int list_runs(Run *run, const LeagueResponsePlan *plan) {
  int n = 0;
  for (int t = 0; t < plan->targets; t++) {
    for (int k = 0; k < plan->seeds; k++) {
      const LeaguePlayer *player = &plan->target[t].player;
      const int member = league_likely_member(player, k);
      for (int from = LEAGUE_FROM_NOTHING; from <= LEAGUE_FROM_WARM; from++) {
        const bool warm = from == LEAGUE_FROM_WARM;
        if (warm ? member >= 0 : member < 0 || !plan->warm_only) {
          if (run) {
            run[n] = (Run){.plan = plan,
                           .target = t,
                           .seed = k + 1,
                           .from = (LeagueFrom)from,
                           .start = warm ? player->strategy[member]->file : NULL};
          }
          n++;
        }
      }
    }
  }
  return n;
}

SimStatus league_responses_train(LeagueResponses *responses, const LeagueResponsePlan *plan,
                                 SimError *err) {
  assert(plan->targets >= 1 && plan->seeds >= 0 && plan->budgets >= 0);
  *responses = (LeagueResponses){0};
  if (plan->budgets == 0) {
    return SIM_OK;
  }
  assert(plan->budgets <= LEAGUE_BUDGETS_MAX);
  const int runs = list_runs(NULL, plan);
  Run *run = sim_new((size_t)runs + 1, sizeof *run);
  responses->response = sim_new((size_t)(runs * plan->budgets) + 1, sizeof *responses->response);
  SimStatus status = plan->keep ? sim_file_make_folder(plan->keep, err) : SIM_OK;
  FleetBytes *left = sim_new((size_t)runs + 1, sizeof *left);
  Work work = {.run = run,
               .progress = {.what = "decisions of best responses",
                            .total = (double)runs * (double)plan->budget[plan->budgets - 1]}};
  if (status == SIM_OK) {
    list_runs(run, plan);
    status = fleet_items(left, runs, respond, &work, "best responses", err);
  }
  for (int i = 0; status == SIM_OK && i < runs; i++) {
    status = take(responses, &run[i], &left[i], err);
  }
  assert(status != SIM_OK || responses->n == runs * plan->budgets);
  if (plan->progress) {
    sim_progress_end(&work.progress);
  }
  fleet_free(left, runs);
  free(left);
  free(run);
  return status;
}

void league_responses_free(LeagueResponses *responses) {
  for (int i = 0; i < responses->n; i++) {
    pol_file_destroy(responses->response[i].file);
  }
  free(responses->response);
  *responses = (LeagueResponses){0};
}
