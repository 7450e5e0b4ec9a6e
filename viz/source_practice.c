// Episodes of something that is practised, such as the task of a skill. They last a few seconds and
// are cheap, so that each is played to its end when it is selected.
#include <stdio.h>

#include "viz/source_internal.h"

static SimStatus practice_select(VizSource *source, int rally, SimError *err) {
  const VizPractice *practice = &source->practice;
  VizRally *made = practice->play(practice->arg, rally, err);
  if (!made) {
    return err->status;
  }
  const VizFrame *end = &made->frame[viz_rally_frames(made) - 1];
  const VizResult result = {.number = rally,
                            .winner = end->state.referee.winner,
                            .reason = end->state.referee.reason,
                            .steps = end->state.referee.step};
  viz__source_show(source, made);
  return viz__source_result(source, rally, &result, err);
}

static int practice_find(VizSource *source, int64_t number, SimError *err) {
  (void)source;
  (void)err;
  return (int)number;
}

static void practice_close(VizSource *source) {
  source->practice.close(source->practice.arg);
}

static const VizSourceKind PRACTICE = {
    .select = practice_select, .find = practice_find, .close = practice_close};

VizSource *viz_source_open_practice(const SimModel *model, const VizPractice *practice,
                                    SimError *err) {
  VizSource *source = viz__source_create(&PRACTICE, model, err);
  if (!source) {
    practice->close(practice->arg);
    return NULL;
  }
  source->practice = *practice;
  VizInfo *info = &source->info;
  info->practice = true;
  snprintf(info->task, sizeof info->task, "%s", practice->task);
  snprintf(info->team[SIM_NEAR], sizeof info->team[0], "success");
  snprintf(info->team[SIM_FAR], sizeof info->team[0], "failed");
  info->seed = practice->seed;
  info->skills = POL_SLOTS;
  for (int slot = 0; slot < POL_SLOTS; slot++) {
    snprintf(info->skill[slot], sizeof info->skill[0], "%s", pol_slot_name((PolSlot)slot));
  }
  return source;
}
