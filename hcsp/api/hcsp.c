// The library's own functions around those of the project: sizes are checked, errors are copied.
#include "hcsp/api/hcsp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/api/internal.h"
#include "hcsp/eval/log_match.h"
#include "hcsp/eval/rallies.h"
#include "hcsp/eval/summary.h"
#include "hcsp/league/interval.h"
#include "hcsp/run/interrupt.h"
#include "sim/base/cores.h"
#include "sim/base/version.h"

enum { RALLIES_MAX = 10000000 };

_Static_assert((int)HCSP_OK == (int)SIM_OK && (int)HCSP_FAIL == (int)SIM_FAIL &&
                   (int)HCSP_USAGE == (int)SIM_USAGE && (int)HCSP_BAD_INPUT == (int)SIM_BAD_INPUT &&
                   (int)HCSP_DISK_FULL == (int)SIM_DISK_FULL &&
                   (int)HCSP_INTERRUPTED == (int)SIM_INTERRUPTED,
               "a status is handed on as it is");
_Static_assert(sizeof((HcspError *)0)->text == sizeof((SimError *)0)->text,
               "and so is its sentence");

int api_status(HcspError *err, const SimError *from) {
  if (err) {
    err->status = (int)from->status;
    snprintf(err->text, sizeof err->text, "%s", from->text);
  }
  return (int)from->status;
}

int api_refuse(HcspError *err, SimStatus status, const char *text) {
  SimError from = {.status = status};
  snprintf(from.text, sizeof from.text, "%s", text);
  return api_status(err, &from);
}

SimStatus api_take_options(void *out, size_t size, const void *options, const char *what,
                           SimError *err) {
  size_t seen;
  if (!options) {
    return SIM_OK;
  }
  memcpy(&seen, options, sizeof seen);
  if (seen < sizeof seen || seen > size) {
    return sim_error(err, SIM_USAGE,
                     "saw options of %zu bytes, wanted at most %zu and %s of its own header", seen,
                     size, what);
  }
  memcpy(out, options, seen);
  return SIM_OK;
}

SimStatus api_check_range(const char *what, int value, int low, int high, SimError *err) {
  return value >= low && value <= high
             ? SIM_OK
             : sim_error(err, SIM_USAGE, "%s: saw %d, wanted %d to %d", what, value, low, high);
}

int hcsp_abi_version(void) {
  return HCSP_ABI_VERSION;
}

const char *hcsp_version(void) {
  return sim_version();
}

const char *hcsp_commit(void) {
  return sim_commit();
}

const char *hcsp_home(void) {
  return sim_home();
}

// ---- teams

HcspTeam *hcsp_team_load(const char *which, HcspError *err) {
  SimError why = {0};
  HcspTeam *team = sim_new(1, sizeof *team);
  if (!which) {
    sim_error(&why, SIM_USAGE, "team: saw no name, wanted a shipped team, a .yaml file or a run");
  } else {
    team->team = pol_team_load(which, &why);
  }
  if (!team->team) {
    api_status(err, &why);
    free(team);
    return NULL;
  }
  return team;
}

void hcsp_team_close(HcspTeam *team) {
  if (team) {
    pol_team_destroy(team->team);
    free(team);
  }
}

const char *hcsp_team_name(const HcspTeam *team) {
  return team->team->name;
}

int hcsp_team_list(char *name, size_t size, int i) {
  char names[64][POL_NAME_MAX];
  const int n = pol_team_list(names, 64);
  if (i < 0 || i >= n || (size_t)snprintf(name, size, "%s", names[i]) >= size) {
    return HCSP_USAGE;
  }
  return HCSP_OK;
}

// ---- matches

int api_threads(void) {
  const int cores = sim_cores();
  return cores < API_THREADS_MAX ? cores : API_THREADS_MAX;
}

static void fill_result(HcspPlayResult *result, const EvalSummary *s) {
  *result = (HcspPlayResult){.rallies = s->rallies,
                             .near_wins = s->near,
                             .far_wins = s->far,
                             .draws = s->draws,
                             .near_win_rate = s->near_win_rate,
                             .touches = s->hits_mean,
                             .seconds = s->steps_mean * SIM_DT};
  league_wilson(&result->low, &result->high, s->near, s->near + s->far);
}

// the log is closed whatever came before; the first error is the one that is told
static SimStatus play_logged(EvalRally *rally, EvalRalliesOptions *play, const char *folder,
                             SimError *err) {
  int played = 0;
  if (!folder) {
    return eval_rallies_play(rally, &played, play, err);
  }
  EvalMatchLog *log = eval_match_log_create(folder, play, err);
  if (!log) {
    return err->status;
  }
  const EvalWatcher watcher = eval_match_log_watcher(log);
  play->watcher = &watcher;
  const SimStatus status = eval_rallies_play(rally, &played, play, err);
  const SimStatus closed = eval_match_log_finish(log, status == SIM_OK ? err : NULL);
  return status == SIM_OK ? closed : status;
}

int hcsp_play(HcspPlayResult *result, const HcspTeam *near_team, const HcspTeam *far_team,
              const HcspPlayOptions *options, HcspError *err) {
  const SimModelOptions plain = sim_model_default();
  HcspPlayOptions o = HCSP_PLAY_OPTIONS_INIT;
  SimError why = {0};
  if (api_take_options(&o, sizeof o, options, "HCSP_PLAY_OPTIONS_INIT", &why) != SIM_OK ||
      api_check_range("rallies", o.rallies, 1, RALLIES_MAX, &why) != SIM_OK ||
      api_check_range("threads", o.threads, 0, API_THREADS_MAX, &why) != SIM_OK) {
    return api_status(err, &why);
  }
  const SimRules *rules = o.rules ? sim_rules_find(o.rules) : NULL;
  if (!rules || !near_team || !far_team) {
    return api_refuse(err, SIM_USAGE,
                      !rules ? "play: unknown rules; wanted court or paper"
                             : "play: saw no team, wanted two");
  }
  SimModel *model = sim_model_create(&plain, &why);
  EvalRally *rally = sim_new((size_t)o.rallies, sizeof *rally);
  EvalTactics tactics = {0};
  EvalRalliesOptions play = {.model = model,
                             .near = near_team->team,
                             .far = far_team->team,
                             .rules = rules,
                             .seed = o.seed,
                             .rallies = o.rallies,
                             .threads = o.threads ? o.threads : api_threads(),
                             .tactics = &tactics};
  const volatile int *before = run_interrupt_watch(o.stop);
  if (model && play_logged(rally, &play, o.log, &why) == SIM_OK) {
    EvalSummary summary;
    eval_summarise(&summary, rally, o.rallies);
    fill_result(result, &summary);
  }
  run_interrupt_watch(before);
  free(rally);
  sim_model_destroy(model);
  return api_status(err, &why);
}
