// The library's own functions around those of the project: sizes are checked, errors are copied.
#include "hcsp/api/hcsp.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/api/internal.h"
#include "hcsp/eval/log_match.h"
#include "hcsp/eval/rallies.h"
#include "hcsp/eval/summary.h"
#include "hcsp/league/interval.h"
#include "sim/base/cores.h"
#include "sim/base/version.h"

enum { RALLIES_MAX = 10000000 };

struct HcspTeam {
  PolTeam *team;
};

struct HcspPolicy {
  PolFile *file;
  HcspPolicyInfo info;
  float *std;
};

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
  HcspTeam *team = calloc(1, sizeof *team);
  if (!which) {
    sim_error(&why, SIM_USAGE, "team: saw no name, wanted a shipped team, a .yaml file or a run");
  } else if (!team) {
    sim_error(&why, SIM_FAIL, "no memory for a team");
  } else {
    team->team = pol_team_load(which, &why);
  }
  if (!team || !team->team) {
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

// options as the caller's header has them, the rest by default; HCSP_USAGE with a sentence
static int take_options(HcspPlayOptions *out, const HcspPlayOptions *options, HcspError *err) {
  *out = (HcspPlayOptions)HCSP_PLAY_OPTIONS_INIT;
  if (options) {
    if (options->size < sizeof options->size || options->size > sizeof *out) {
      return api_refuse(err, SIM_USAGE,
                        "play: saw options of a size that this library does not know, wanted "
                        "HCSP_PLAY_OPTIONS_INIT of its own header");
    }
    memcpy(out, options, options->size);
  }
  if (out->rallies < 1 || out->rallies > RALLIES_MAX) {
    return api_refuse(err, SIM_USAGE, "play: rallies; wanted 1 to 10000000");
  }
  if (out->threads < 0 || out->threads > API_THREADS_MAX) {
    return api_refuse(err, SIM_USAGE, "play: threads; wanted 0 (every core) to 256");
  }
  return HCSP_OK;
}

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
  HcspPlayOptions o;
  SimError why = {0};
  const int refused = take_options(&o, options, err);
  if (refused != HCSP_OK) {
    return refused;
  }
  const SimRules *rules = o.rules ? sim_rules_find(o.rules) : NULL;
  if (!rules || !near_team || !far_team) {
    return api_refuse(err, SIM_USAGE,
                      !rules ? "play: unknown rules; wanted court or paper"
                             : "play: saw no team, wanted two");
  }
  SimModel *model = sim_model_create(&plain, &why);
  EvalRally *rally = calloc((size_t)o.rallies, sizeof *rally);
  if (model && !rally) {
    sim_error(&why, SIM_FAIL, "no memory for %d rallies", o.rallies);
  }
  EvalTactics tactics = {0};
  EvalRalliesOptions play = {.model = model,
                             .near = near_team->team,
                             .far = far_team->team,
                             .rules = rules,
                             .seed = o.seed,
                             .rallies = o.rallies,
                             .threads = o.threads ? o.threads : api_threads(),
                             .tactics = &tactics};
  if (model && rally && play_logged(rally, &play, o.log, &why) == SIM_OK) {
    EvalSummary summary;
    eval_summarise(&summary, rally, o.rallies);
    fill_result(result, &summary);
  }
  free(rally);
  sim_model_destroy(model);
  return api_status(err, &why);
}

// ---- policies

static int describe(HcspPolicy *policy) {
  static const char *const KINDS[] = {"skill", "strategy", "flat"};
  const PolFile *file = policy->file;
  const PolNet *net = file->net;
  policy->info = (HcspPolicyInfo){.kind = KINDS[file->kind],
                                  .name = file->name,
                                  .obs = file->obs,
                                  .act = file->act,
                                  .inputs = net->arch.inputs,
                                  .outputs = net->arch.outputs,
                                  .every = file->every};
  if (!net->log_std) {
    return true;
  }
  policy->std = calloc((size_t)net->arch.outputs, sizeof *policy->std);
  for (int i = 0; policy->std && i < net->arch.outputs; i++) {
    policy->std[i] = expf(net->log_std[i]);
  }
  policy->info.std = policy->std;
  return policy->std != NULL;
}

HcspPolicy *hcsp_policy_load(const char *path, HcspError *err) {
  SimError why = {0};
  HcspPolicy *policy = calloc(1, sizeof *policy);
  if (!path) {
    sim_error(&why, SIM_USAGE, "policy: saw no path, wanted a .safetensors file");
  } else if (policy && (policy->file = pol_file_load(path, &why)) && !describe(policy)) {
    sim_error(&why, SIM_FAIL, "%s: no memory for a policy", path);
  }
  if (policy && policy->file && why.status == SIM_OK) {
    api_status(err, &why);
    return policy;
  }
  api_status(err, &why);
  hcsp_policy_close(policy);
  return NULL;
}

void hcsp_policy_close(HcspPolicy *policy) {
  if (policy) {
    pol_file_destroy(policy->file);
    free(policy->std);
    free(policy);
  }
}

const HcspPolicyInfo *hcsp_policy_info(const HcspPolicy *policy) {
  return &policy->info;
}

int hcsp_policy_act(const HcspPolicy *policy, float *action, const float *obs, int n,
                    HcspError *err) {
  const PolNet *net = policy->file->net;
  if (n < 0 || (n > 0 && (!action || !obs))) {
    return api_refuse(err, SIM_USAGE,
                      "act: wanted n >= 0 rows of observations and room for actions");
  }
  float *scratch = malloc((size_t)pol_net_scratch(net) * sizeof *scratch);
  if (!scratch) {
    return api_refuse(err, SIM_FAIL, "no memory for a policy's layers");
  }
  for (int i = 0; i < n; i += POL_NET_TILE) {
    const int rows = n - i < POL_NET_TILE ? n - i : POL_NET_TILE;
    pol_net_forward(action + (size_t)i * (size_t)net->arch.outputs, net,
                    obs + (size_t)i * (size_t)net->arch.inputs, rows, scratch);
  }
  free(scratch);
  return api_refuse(err, SIM_OK, "");
}
