// Rows come in order, so one pass over the decisions does. A row shows the memory from before the
// decision that is made in it, as the strategy saw it.
#include "hcsp/eval/log_observe.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

bool eval_log_observer_wanted(SimLayout layout) {
  return layout == SIM_OBS_COURT128 || layout == SIM_OBS_VOLLEY230;
}

// The place of a table's head in a log, or -1.
static int head_in_log(const PolOptions *options, int head) {
  for (int i = 0; i < SIM_LOG_HEADS; i++) {
    if (strcmp(options->head[head], sim_log_head(i)) == 0) {
      return i;
    }
  }
  return -1;
}

static SimStatus check_names(const PolOptions *options, const SimLogInfo *info, int team,
                             SimError *err) {
  for (int head = 0; head < options->heads; head++) {
    const int at = head_in_log(options, head);
    const int n = at >= 0 ? info->options_of[team][at] : 0;
    // a flat policy has no options, nor has a log of schema 1
    for (int i = 0; i < n; i++) {
      const char *logged = info->option[team][at][i];
      const char *known = i < options->n[head] ? options->option[head][i].name : "";
      if (strcmp(logged, known) != 0) {
        return sim_error(err, SIM_BAD_INPUT,
                         "option table %s: %s option %d is '%s' today and '%s' in the log, wanted "
                         "the same table",
                         options->name, options->head[head], i, known, logged);
      }
    }
  }
  return SIM_OK;
}

static bool fits(const PolOptions *options, SimLayout layout) {
  return layout == SIM_OBS_VOLLEY230 ? options->kind == POL_TABLE_VOLLEY : pol_court_fits(options);
}

static SimStatus load_table(EvalLogObserver *observer, const SimLogInfo *info, int team,
                            const char *name, SimError *err) {
  PolOptions *options = pol_options_load(name, err);
  if (!options) {
    return sim_error_prefix(err, "the log's option table");
  }
  const SimStatus status = check_names(options, info, team, err);
  if (status == SIM_OK && fits(options, observer->layout)) {
    observer->options[team] = options;
  } else {
    pol_options_destroy(options);
  }
  return status;
}

// A person may choose again in a turn in which the strategy has chosen.
static int find_person(const SimLogInfo *info, int team) {
  for (int i = 0; i < info->policies[team]; i++) {
    if (strcmp(info->policy[team][i], "person") == 0) {
      return i;
    }
  }
  return -1;
}

SimStatus eval_log_observer_create(EvalLogObserver *observer, const SimLogInfo *info,
                                   SimLayout layout, SimError *err) {
  char text[SIM_LOG_TEXT_MAX];
  char *rest = text;
  *observer = (EvalLogObserver){.layout = layout};
  snprintf(text, sizeof text, "%s", info->options);
  for (int team = 0; team < SIM_TEAMS; team++) {
    const char *name = strsep(&rest, ";");
    observer->person[team] = find_person(info, team);
    SIM_TRY(load_table(observer, info, team, name ? name : "", err));
  }
  if (!observer->options[SIM_NEAR] && !observer->options[SIM_FAR]) {
    return sim_error(
        err, SIM_USAGE,
        "layout %s: the teams of this log play with the option tables %s, which it "
        "does not fit; wanted strategy100 or %s",
        sim_obs_name(layout), info->options,
        sim_obs_name(layout == SIM_OBS_COURT128 ? SIM_OBS_VOLLEY230 : SIM_OBS_COURT128));
  }
  return SIM_OK;
}

void eval_log_observer_destroy(EvalLogObserver *observer) {
  for (int team = 0; team < SIM_TEAMS; team++) {
    pol_options_destroy(observer->options[team]);
    observer->options[team] = NULL;
  }
}

static void decide(EvalLogObserver *observer, const SimRally *rally, int decision,
                   const SimState *state) {
  const SimTeam team = (SimTeam)rally->strategy_team[decision];
  const PolOptions *options = observer->options[team];
  PolMemory *memory = &observer->memory[team];
  for (int head = 0; options && head < options->heads; head++) {
    const int at = head_in_log(options, head);
    const uint8_t option = at >= 0 ? sim_rally_option(rally, decision, at) : POL_NOT_ASKED;
    // a log may hold anything
    memory->held[head] = option < options->n[head] ? option : memory->held[head];
  }
  if (options && observer->person[team] == rally->strategy_policy[decision]) {
    pol_reopen(memory);
  }
  if (options) {
    pol_note_decision(memory, options, state, team);
  }
}

void eval_log_observe(float *out, void *arg, const SimRally *rally, int row,
                      const SimState *state) {
  EvalLogObserver *observer = arg;
  const int size = sim_obs_size(observer->layout);
  if (row == 0) {
    memset(observer->memory, 0, sizeof observer->memory);
    observer->next = 0;
  }
  for (int team = 0; team < SIM_TEAMS; team++, out += size) {
    const PolOptions *options = observer->options[team];
    if (!options) {
      for (int i = 0; i < size; i++) {
        out[i] = (float)NAN;
      }
    } else if (observer->layout == SIM_OBS_VOLLEY230) {
      PolFrame frame;
      pol_frame_find(&frame, state, (SimTeam)team);
      pol_volley_observe(out, &frame, options, &observer->memory[team], state, (SimTeam)team);
    } else {
      pol_court_observe(out, options, &observer->memory[team], state, (SimTeam)team);
    }
  }
  for (;
       observer->next < rally->n[SIM_ROWS_DECISION] && rally->strategy_step[observer->next] <= row;
       observer->next++) {
    decide(observer, rally, observer->next, state);
  }
}
