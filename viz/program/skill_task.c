// The same task, physics and mean actions as in evaluation, one control step at a time, because a
// viewer shows each of them.
#include "viz/program/skill_task.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hcsp/env/tasks/config.h"
#include "hcsp/env/tasks/task.h"
#include "hcsp/recipes/skills/critic.h"
#include "policies/file.h"
#include "sim/base/file.h"
#include "sim/batch.h"
#include "sim/vec.h"

enum { SEED = 1 };

typedef struct SkillTask {
  TaskConfig *config;
  Task *task;
  SimRules rules;  // tasks have clocks of their own
  SimModel *model;
  SimBatch *batch;
  PolFile *policy;
  PolNet *critic;           // NULL where nothing is paid for the state left behind
  char path[SIM_PATH_MAX];  // of the policy
  struct timespec read;     // when it was written that was read
  float *scratch;
  PolSlot slot;
} SkillTask;

// ---- the policy

static SimStatus read_policy(SkillTask *own, SimError *err) {
  struct stat info;
  if (stat(own->path, &info) != 0) {
    return sim_error(err, SIM_BAD_INPUT, "%.3000s: no policy yet; the training has written none",
                     own->path);
  }
  PolFile *policy = pol_file_load(own->path, err);
  if (!policy) {
    return err->status;
  }
  const bool fits = policy->net->arch.inputs == sim_obs_size(own->task->layout) &&
                    policy->net->arch.outputs == SIM_ROTORS;
  float *scratch = malloc((size_t)pol_net_scratch(policy->net) * sizeof *scratch);
  if (!fits || !scratch) {
    sim_error(err, SIM_BAD_INPUT, "%.3000s: saw %d inputs and %d outputs, wanted %d and %d",
              own->path, policy->net->arch.inputs, policy->net->arch.outputs,
              sim_obs_size(own->task->layout), SIM_ROTORS);
    pol_file_destroy(policy);
    free(scratch);
    return err->status;
  }
  pol_file_destroy(own->policy);
  free(own->scratch);
  own->policy = policy;
  own->scratch = scratch;
  own->read = info.st_mtim;
  return SIM_OK;
}

// a policy that cannot be read now is read later; the old one plays on
static void follow_training(SkillTask *own) {
  struct stat info;
  SimError err = {0};
  if (stat(own->path, &info) == 0 &&
      (info.st_mtim.tv_sec != own->read.tv_sec || info.st_mtim.tv_nsec != own->read.tv_nsec)) {
    read_policy(own, &err);
  }
}

// ---- an episode

static void take_frame(VizFrame *frame, const SkillTask *own, const TaskEpisode *episode,
                       const float action[SIM_ROTORS]) {
  static const double LEVEL[4] = {1, 0, 0, 0};
  frame->state = *sim_batch_state(own->batch, 0);
  frame->reward = (float)episode->reward;
  frame->skill[TASK_LEARNER] = (uint8_t)own->slot;
  memcpy(frame->action[TASK_LEARNER], action, sizeof frame->action[0]);
  for (int k = 0; k < 3; k++) {
    frame->goal[TASK_LEARNER][k] = (float)episode->goal.point[k];
  }
  frame->flight[TASK_LEARNER] = (float)episode->goal.flight;
  // the team-mates that blow are drawn as drones
  for (int i = 0; i < episode->wash.n && i + 1 < SIM_ROLES; i++) {
    const SimWashSource *from = &episode->wash.source[i];
    SimDrone *mate = &frame->state.view.drone[i + 1];
    vec_add_scaled(mate->pos, from->pos, fmin(frame->state.referee.step * SIM_DT, from->moves),
                   from->vel);
    memcpy(mate->quat, LEVEL, sizeof mate->quat);
    frame->state.view.roster |= 1u << (i + 1);
  }
}

static void tell_end(VizRally *rally, VizFrame *frame, const SkillTask *own,
                     const TaskEpisode *episode, const TaskStep *outcome) {
  const Task *task = own->task;
  const double success = outcome->stat[task->success];
  frame->state.referee.winner = success >= 0.5 ? SIM_WIN_NEAR : SIM_WIN_FAR;
  size_t used = (size_t)snprintf(rally->ending, sizeof rally->ending, "reward %.2f%s",
                                 episode->reward, outcome->cut ? ", time is up" : "");
  for (int i = 0; i < task->stats && used + 40 < sizeof rally->ending; i++) {
    if (!isnan(outcome->stat[i]) && i != task->success) {
      used += (size_t)snprintf(rally->ending + used, sizeof rally->ending - used, ", %s %.2f",
                               task->stat_name[i], outcome->stat[i]);
    }
  }
  for (char *c = rally->ending; *c; c++) {
    *c = *c == '_' ? ' ' : *c;
  }
}

static void start(TaskEpisode *episode, SkillTask *own, int number) {
  SimView view = {.roster = 1u << TASK_LEARNER};
  SimRng rng = sim_rng(SEED, 0, (uint32_t)number, SIM_RNG_TASK);
  *episode = (TaskEpisode){.number = (uint32_t)number};
  own->task->start(own->task, episode, &view, &rng);
  sim_batch_place(own->batch, 0, &view, SIM_NEAR, &episode->wash);
}

// one decision: control steps until the next, each a frame
static SimStatus decide(VizRally *rally, SkillTask *own, TaskEpisode *episode, TaskStep *outcome,
                        SimError *err) {
  static const int ID = 0;
  float obs[SIM_OBS_MAX], action[1][SIM_DRONES][SIM_ROTORS] = {{{0}}};
  VizFrame *frame = NULL;
  own->task->observe(obs, own->task, episode, sim_batch_state(own->batch, 0));
  pol_net_forward(action[0][TASK_LEARNER], own->policy->net, obs, 1, own->scratch);
  for (int k = 0; k < own->task->every; k++) {
    const SimStatus status =
        sim_batch_step(own->batch, &ID, 1, (const float(*)[SIM_DRONES][SIM_ROTORS])action, err);
    if (status != SIM_OK) {
      return status;
    }
    if (frame) {
      viz_rally_counted(rally);
    }
    frame = viz_rally_next(rally, NULL);
    take_frame(frame, own, episode, action[0][TASK_LEARNER]);
    if (own->task->over(own->task, episode, sim_batch_state(own->batch, 0))) {
      break;
    }
  }
  *outcome = (TaskStep){0};
  episode->steps++;
  own->task->judge(own->task, episode, sim_batch_state(own->batch, 0), outcome);
  episode->reward += outcome->reward;
  frame->reward = (float)episode->reward;
  if (outcome->ended || outcome->cut) {
    tell_end(rally, frame, own, episode, outcome);
  }
  viz_rally_counted(rally);
  return SIM_OK;
}

static VizRally *play(void *arg, int number, SimError *err) {
  SkillTask *own = arg;
  TaskEpisode episode;
  TaskStep outcome = {0};
  const float none[SIM_ROTORS] = {0};
  follow_training(own);
  start(&episode, own, number);
  VizRally *rally = viz_rally_create(number, episode.limit * own->task->every + 1, 0);
  if (!rally) {
    sim_error(err, SIM_FAIL, "no memory for an episode");
    return NULL;
  }
  VizFrame *frame = viz_rally_next(rally, NULL);
  take_frame(frame, own, &episode, none);
  viz_rally_counted(rally);
  while (!outcome.ended && !outcome.cut) {
    if (decide(rally, own, &episode, &outcome, err) != SIM_OK) {
      viz_rally_destroy(rally);
      return NULL;
    }
  }
  return rally;
}

// ---- opening and closing

static void close_task(void *arg) {
  SkillTask *own = arg;
  if (own) {
    task_destroy(own->task);
    task_skill_config_destroy(own->config);
    sim_batch_destroy(own->batch);
    sim_model_destroy(own->model);
    pol_file_destroy(own->policy);
    pol_net_destroy(own->critic);
    free(own->scratch);
    free(own);
  }
}

static SimStatus open_task(SkillTask *own, const char *run, const char *skill, const char *critic,
                           SimError *err) {
  char config[SIM_PATH_MAX], file[96];
  snprintf(file, sizeof file, "policies/%.64s.safetensors", skill);
  if (sim_path_join(own->path, run, file, err) != SIM_OK ||
      sim_path_join(config, run, "config.yaml", err) != SIM_OK) {
    return err->status;
  }
  own->config = task_skill_config_load(skill, config, NULL, 0, err);
  if (!own->config) {
    return err->status;
  }
  own->critic = critic[0] ? skills_critic_load(critic, sim_obs_size(SIM_OBS_HOVER27), err) : NULL;
  if (critic[0] && !own->critic) {
    return err->status;
  }
  const int slot = pol_slot_find(skill);
  own->slot = slot >= 0 ? (PolSlot)slot : POL_GOTO;
  const TaskInputs inputs = {.critic = own->critic};
  own->task = task_create(own->config, &inputs);
  SIM_TRY(read_policy(own, err));
  const SimModelOptions options = {
      .roster = 1u << TASK_LEARNER, .downwash = true, .physics = own->task->physics};
  own->rules = (SimRules){.name = "training", .steps_max = 1 << 30, .play_on = own->task->play_on};
  own->model = sim_model_create(&options, err);
  own->batch = own->model ? sim_batch_create(own->model, &own->rules, 1, 1, err) : NULL;
  if (!own->batch) {
    return err->status;
  }
  if (own->task->action != SIM_ACTION_CTBR) {
    return SIM_OK;
  }
  const SimStatus status = sim_batch_allow_ctbr(own->batch, err);
  if (status == SIM_OK) {
    sim_batch_set_ctbr(own->batch, 0, 1u << TASK_LEARNER);
  }
  return status;
}

SimStatus viz_skill_task_open(VizPractice *practice, const char *run, const char *skill,
                              const char *critic, SimError *err) {
  SkillTask *own = calloc(1, sizeof *own);
  if (!own) {
    return sim_error(err, SIM_FAIL, "no memory for a task");
  }
  if (open_task(own, run, skill, critic, err) != SIM_OK) {
    close_task(own);
    return err->status;
  }
  *practice = (VizPractice){.arg = own, .seed = SEED, .play = play, .close = close_task};
  snprintf(practice->task, sizeof practice->task, "%s", skill);
  return SIM_OK;
}
