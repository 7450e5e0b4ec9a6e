// The loop is the same for every task. A checkpoint holds networks, moments, statistics, counters
// and every unfinished episode, so that it may be taken after any update without changing anything.
#include "hcsp/recipes/skills/skill.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hcsp/env/skill_env.h"
#include "hcsp/learn/learner.h"
#include "hcsp/learn/ppo_config.h"
#include "hcsp/recipes/skills/critic.h"
#include "hcsp/run/folder.h"
#include "hcsp/run/interrupt.h"
#include "hcsp/train/dashboard.h"
#include "hcsp/train/metrics.h"
#include "hcsp/train/policy.h"
#include "hcsp/train/tags.h"
#include "sim/base/log.h"
#include "sim/obs_row.h"

enum { EVAL_WORLDS = 512, EVAL_DECISIONS = 256, EVAL_ROLLOUT = 32 };

typedef struct Trainer {
  const SkillTraining *t;
  Task *task;
  KrnDevice *device;
  EnvSkill *env;
  EnvResident *episodes;  // on the device; NULL where they cannot be there
  PpoLearner learner;
  PolNet *critic;  // of the policy to go on from; NULL: none is known
  TrainSession session;
} Trainer;

// ---- making and freeing

static PolArch arch_of(const TaskConfig *c, int inputs, int outputs) {
  PolArch arch = ppo_arch_of(c->net, inputs, outputs);
  if (c->normalise_obs > 0) {
    arch.input_norm = POL_INPUT_FIXED;
  }
  return arch;
}

// the other half of the court; of rates, roll and yaw turn the other way
static void reflect(const void *task, float *obs, float *action) {
  const Task *t = task;
  assert(t->layout == SIM_OBS_HOVER27 || t->layout == SIM_OBS_STRIKE43);
  sim_obs_reflect(obs, t->layout);
  if (t->action == SIM_ACTION_CTBR) {
    action[1] = -action[1];
    action[3] = -action[3];
  } else {
    sim_command_reflect(action);
  }
}

static void act_of(char act[POL_ACT_MAX], SimActionKind action) {
  snprintf(act, POL_ACT_MAX, "%s4", sim_action_name(action));
}

static PpoConfig ppo_config(const TaskConfig *c, const Task *task, int warm) {
  PpoConfig config = ppo_config_of(&c->ppo);
  config.critic_warmup = warm;
  config.normalise_obs = c->normalise_obs > 0;
  config.normalise_value = c->normalise_value > 0;
  config.symmetry = c->symmetry > 0 ? reflect : NULL;
  config.symmetry_arg = task;
  return config;
}

static void close_trainer(Trainer *tr) {
  train_close(&tr->session);
  ppo_learner_free(&tr->learner);
  pol_net_destroy(tr->critic);
  env_resident_destroy(tr->episodes);
  env_skill_destroy(tr->env);
  krn_device_destroy(tr->device);
  task_destroy(tr->task);
}

// drawn weights, or those of the policy to go on from, with its critic where that is known
static void begin(Trainer *tr) {
  const SkillTraining *t = tr->t;
  const TaskConfig *c = t->config;
  Ppo *ppo = tr->learner.ppo;
  // either way it hovers at first
  const MlpInit actor_init = {.gain = 1.5,
                              .head = 0.01,
                              .head_bias = c->action == SIM_ACTION_CTBR ? 0 : SIM_HOVER_COMMAND,
                              .log_std = c->ppo.log_std};
  const MlpInit critic_init = {.gain = 1.5, .head = 0.1};
  mlp_init(ppo->actor, &actor_init, t->options.seed, 0);
  mlp_init(ppo->critic, &critic_init, t->options.seed, 1);
  if (t->start) {
    Mlp *mlp = ppo->actor;
    assert(t->start->net->log_std && mlp->net->log_std);
    memcpy(mlp->net->block, t->start->net->block, (mlp->n + mlp->skip) * sizeof(float));
    for (int r = 0; r < SIM_ROTORS; r++) {
      mlp->net->log_std[r] = fmaxf(mlp->net->log_std[r], (float)c->ppo.log_std_min);
    }
    mlp_upload(mlp);
  }
  if (tr->critic) {
    ppo_keep_critic(ppo, tr->critic);
  }
}

// Where there is a device with kernels of tasks, episodes live on it, or a line says why not.
static SimStatus place_episodes(Trainer *tr, const PpoConfig *config, SimError *err) {
  if (!tr->device->ops->beside) {
    return SIM_OK;
  }
  const char *why = env_resident_why_not(tr->device, tr->env);
  why = why ? why : ppo_resident_why_not(config);
  if (why) {
    sim_log(SIM_LOG_INFO, "%s: the GPU thinks and learns, the processor flies: %s",
            tr->t->config->name, why);
    return SIM_OK;
  }
  tr->episodes = env_resident_create(tr->device, tr->env, (int)tr->t->config->num_steps, err);
  sim_log(SIM_LOG_INFO, "%s: episodes live on the GPU", tr->t->config->name);
  return tr->episodes ? SIM_OK : err->status;
}

static SimStatus open_learner(Trainer *tr, SimError *err) {
  const SkillTraining *t = tr->t;
  const TaskConfig *c = t->config;
  tr->task = task_create(c, &t->from);
  const int inputs = sim_obs_size(tr->task->layout);
  const PolArch actor = t->start ? t->start->net->arch : arch_of(c, inputs, SIM_ROTORS);
  if (actor.inputs != inputs || actor.outputs != SIM_ROTORS) {
    return sim_error(err, SIM_BAD_INPUT, "saw a skill of %d inputs to go on from, wanted %d",
                     actor.inputs, inputs);
  }
  char act[POL_ACT_MAX];
  act_of(act, c->action);
  if (t->start && strcmp(t->start->act, act) != 0) {
    return sim_error(err, SIM_BAD_INPUT, "saw a skill that acts %s to go on from, wanted %s",
                     t->start->act, act);
  }
  PolArch critic = actor;
  critic.outputs = 1;
  if (t->start && skills_critic_beside(&tr->critic, t->start->path, &actor, err) != SIM_OK) {
    return err->status;
  }
  tr->device = krn_device_open(t->options.device, t->options.threads, err);
  tr->env = tr->device ? env_skill_create(tr->task, (int)c->num_envs, true, t->options.threads,
                                          t->options.seed, err)
                       : NULL;
  SIM_TRY(tr->env ? SIM_OK : err->status);
  const PpoConfig config = ppo_config(c, tr->task, t->warm);
  SIM_TRY(place_episodes(tr, &config, err));
  const PpoLearnerOptions options = {.env = env_skill_env(tr->env),
                                     .device = tr->device,
                                     .episodes = tr->episodes,
                                     .config = config,
                                     .actor = actor,
                                     .critic = critic,
                                     .steps = (int)c->num_steps,
                                     .threads = t->options.threads,
                                     .seed = t->options.seed};
  SIM_TRY(ppo_learner_create(&tr->learner, &options, err));
  begin(tr);
  return SIM_OK;
}

// ---- checkpoints

static void serialize(void *trainer, RunArchive *archive) {
  ppo_learner_serialize(archive, &((Trainer *)trainer)->learner);
}

// the second round goes on with the weights of the first, exploring anew
static SimStatus take_over(void *trainer, SimError *err) {
  Trainer *tr = trainer;
  if (!tr->t->again || tr->learner.transitions > 0) {
    return SIM_OK;
  }
  char folder[SIM_PATH_MAX];
  SimStatus status = sim_path_join(folder, tr->t->before, "checkpoints", err);
  RunCheckpoint *file = status == SIM_OK ? run_checkpoint_latest(folder, err) : NULL;
  SIM_TRY(file ? SIM_OK : err->status);
  RunArchive archive = run_archive_reader(file, err);
  ppo_serialize_weights(&archive, tr->learner.ppo);
  status = archive.status;
  run_archive_close(&archive);
  run_checkpoint_destroy(file);
  PolNet *net = tr->learner.ppo->actor->net;
  for (int r = 0; r < SIM_ROTORS; r++) {
    net->log_std[r] = (float)tr->t->config->ppo.log_std_again;
  }
  mlp_upload(tr->learner.ppo->actor);
  return status;
}

// ---- showing

static double mean_of(const EnvSkillCount *count, int stat) {
  assert(stat >= 0 && stat < TASK_STATS_MAX);
  return count->n[stat] > 0 ? count->sum[stat] / count->n[stat] : (double)NAN;
}

static void show(double *row, void *trainer, const PpoStats *f) {
  (void)row;
  Trainer *tr = trainer;
  TrainMetrics *m = tr->session.metrics;
  TrainDashboard *d = tr->session.dashboard;
  const EnvSkillCount *count = env_skill_count(tr->env);
  const double episodes = count->episodes > 0 ? count->episodes : (double)NAN;
  const double success = mean_of(count, tr->task->success);
  train_put(m, NULL, TRAIN_BOUND_LOSS, NULL, f->bound);
  train_put(m, NULL, TRAIN_ACTION_STD, NULL, f->std);
  train_put(m, NULL, TRAIN_RETURN, NULL, count->reward / episodes);
  train_put(m, NULL, TRAIN_LENGTH, NULL, count->steps / episodes);
  train_put(m, NULL, TRAIN_EPISODES, NULL, count->episodes);
  train_dashboard_row(d, "learn", "policy loss", "%.4f", f->policy_loss);
  train_dashboard_row(d, "learn", "value loss", "%.4f", f->value_loss);
  train_dashboard_curve(d, "task", "return", count->reward / episodes, "%.3f",
                        count->reward / episodes);
  train_dashboard_curve(d, "task", "success", success, "%.1f %%", 100 * success);
  for (int s = 0; s < tr->task->stats; s++) {
    const double mean = mean_of(count, s);
    train_put(m, NULL, TRAIN_TASK, tr->task->stat_name[s], mean);
    if (s != tr->task->success) {
      train_dashboard_row(d, "task", tr->task->stat_name[s], "%.3f", mean);
    }
  }
  tr->learner.env.ops->clear_stats(tr->env);
}

// ---- the loop

static void dump_row(const Trainer *tr, int row) {
  char name[64], path[SIM_PATH_MAX];
  const Rollout *r = &tr->learner.rollout;
  snprintf(name, sizeof name, "crash-%lld.csv", (long long)tr->learner.transitions);
  FILE *out =
      run_file(path, tr->session.run, name, NULL) == SIM_OK && row >= 0 ? fopen(path, "w") : NULL;
  if (!out) {
    return;
  }
  fprintf(out, "what,values\nrow,%d\nworld,%d\nobs", row, row % r->worlds);
  for (int j = 0; j < r->inputs; j++) {
    fprintf(out, ",%.9g", (double)r->obs[(size_t)row * (size_t)r->inputs + (size_t)j]);
  }
  if (row < r->steps * r->worlds) {
    fprintf(out, "\naction");
    for (int j = 0; j < r->outputs; j++) {
      fprintf(out, ",%.9g", (double)r->action[(size_t)row * (size_t)r->outputs + (size_t)j]);
    }
    fprintf(out, "\nlog_prob,%.9g\nreward,%.9g", (double)r->log_prob[row], (double)r->reward[row]);
  }
  fprintf(out, "\n");
  fclose(out);
}

static SimStatus learn(PpoStats *stats, void *trainer, SimError *err) {
  Trainer *tr = trainer;
  int bad_row = -1;
  const double done = (double)tr->learner.transitions / (double)tr->t->options.budget;
  SimStatus status = ppo_learner_collect(&tr->learner, err);
  if (status == SIM_OK) {
    status = ppo_learner_learn(stats, &bad_row, &tr->learner, done, err);
    if (status != SIM_OK) {
      dump_row(tr, bad_row);
    }
  }
  return status;
}

static int64_t decisions(const void *trainer) {
  return ((const Trainer *)trainer)->learner.transitions;
}

static SimStatus run(Trainer *tr, SimError *err) {
  // budgets of presets
  static const char *const IGNORED[] = {"timesteps_", "again_", NULL};
  const SkillTraining *t = tr->t;
  const TrainOps ops = {.kind = "skill",
                        .name = t->config->name,
                        .ignored = IGNORED,
                        .decisions = decisions,
                        .serialize = serialize,
                        .begin = take_over,
                        .learn = learn,
                        .show = show};
  json_t *inputs = t->inputs ? json_copy(t->inputs) : json_object();
  if (tr->critic) {
    run_inputs_put(inputs, "start_critic", t->start->path, skills_critic_hash(tr->critic));
  }
  run_inputs_put_model(inputs, env_skill_model(tr->env), sim_physics_name(t->config->physics),
                       t->config->world);
  return train_run(&tr->session, &t->options, &ops, tr, task_skill_config_text(t->config), inputs,
                   tr->device, err);
}

// ---- the result

static SimStatus write_policy(const Trainer *tr, SimError *err) {
  const TaskConfig *c = tr->t->config;
  const TrainOrigin origin = {.steps = tr->learner.transitions, .seed = tr->t->options.seed};
  char path[SIM_PATH_MAX];
  PolFile file = {.kind = POL_KIND_SKILL,
                  .every = (int)c->every,
                  .dt = SIM_DT,
                  .net = tr->learner.ppo->actor->net};
  snprintf(file.name, sizeof file.name, "%s", c->name);
  snprintf(file.obs, sizeof file.obs, "%s", sim_obs_name(tr->task->layout));
  act_of(file.act, c->action);
  SIM_TRY(train_policy_save(path, &tr->session, &file, c->name, &origin, c->ppo.log_std_play, err));
  SIM_TRY(skills_critic_save_beside(path, tr->learner.ppo->critic->net, err));
  // the one that prices states goes by this name, whatever its skill is called
  if (c->kind->pricing) {
    SIM_TRY(sim_path_join(path, run_policies(tr->session.run), SKILLS_CRITIC_FILE, err));
    SIM_TRY(skills_critic_save(path, tr->learner.ppo->critic->net, err));
  }
  return SIM_OK;
}

// Files that other trainings went on from stay as they are, whatever version of the program asks
// for them again.
static bool is_written(const Trainer *tr) {
  const TaskConfig *c = tr->t->config;
  char name[3][96], path[SIM_PATH_MAX];
  snprintf(name[0], sizeof name[0], "%s.safetensors", c->name);
  snprintf(name[1], sizeof name[1], "%s_critic.safetensors", c->name);
  snprintf(name[2], sizeof name[2], "%s", c->kind->pricing ? SKILLS_CRITIC_FILE : name[0]);
  bool written = tr->session.complete;
  for (int i = 0; written && i < 3; i++) {
    written = sim_path_join(path, run_policies(tr->session.run), name[i], NULL) == SIM_OK &&
              access(path, F_OK) == 0;
  }
  return written;
}

// the mean action on fresh episodes of a task: every world for so many decisions
static SimStatus play_task(EnvSkillCount *count, const Task *task, const PolNet *actor, int worlds,
                           int decisions, int threads, uint64_t seed,
                           const EnvEpisodeWatcher *watcher, SimError *err) {
  assert(worlds >= 1 && decisions >= 1 && actor->arch.outputs == SIM_ROTORS);
  Rollout rollout = {0};
  EnvSkill *skill = env_skill_create(task, worlds, false, threads, seed, err);
  const Env env = skill ? env_skill_env(skill) : (Env){.self = NULL};
  LearnCollector *collector = skill ? learn_collector_create(&env, NULL, threads, err) : NULL;
  SimStatus status = collector ? SIM_OK : err->status;
  if (status == SIM_OK) {
    rollout_create(&rollout, EVAL_ROLLOUT, worlds, actor->arch.inputs, SIM_ROTORS);
    env_skill_watch(skill, watcher);
  }
  for (int i = 0; status == SIM_OK && i < decisions; i += EVAL_ROLLOUT) {
    status = learn_collect(collector, &rollout, actor, false, err);
  }
  if (status == SIM_OK) {
    *count = *env_skill_count(skill);
  }
  rollout_free(&rollout);
  learn_collector_destroy(collector);
  env_skill_destroy(skill);
  return status;
}

// as many worlds as learn, which is enough to tell
static int eval_worlds(const TaskConfig *config) {
  return config->num_envs < EVAL_WORLDS ? (int)config->num_envs : EVAL_WORLDS;
}

// enough for the longest episode
static int eval_decisions(const Task *task) {
  const int longest = (int)ceil(task->time_max / (SIM_DT * task->every));
  return longest > EVAL_DECISIONS ? longest : EVAL_DECISIONS;
}

static SimStatus fill_result(SkillResult *result, const Trainer *tr, SimError *err) {
  EnvSkillCount count = {0};
  // measured with MuJoCo, whatever it learnt with
  Task *task = task_create(tr->t->config, &tr->t->from);
  task->physics = SIM_PHYSICS_MUJOCO;
  const SimStatus status =
      play_task(&count, task, tr->learner.ppo->actor->net, eval_worlds(tr->t->config),
                eval_decisions(task), tr->t->options.threads, tr->t->options.seed + 1, NULL, err);
  task_destroy(task);
  if (status == SIM_OK) {
    result->episodes = (int)count.episodes;
    result->stats = tr->task->stats;
    result->decisions = tr->learner.transitions;
    for (int s = 0; s < tr->task->stats; s++) {
      result->stat_name[s] = tr->task->stat_name[s];
      result->stat[s] = mean_of(&count, s);
    }
  }
  return status;
}

SimStatus skill_train(SkillResult *result, const SkillTraining *training, SimError *err) {
  Trainer tr = {.t = training};
  const double cpu = sim_time_cpu();
  *result = (SkillResult){0};
  SimStatus status = open_learner(&tr, err);
  status = status == SIM_OK ? run(&tr, err) : status;
  if (status == SIM_OK) {
    ppo_learner_settle(&tr.learner);
    ppo_put_statistics(tr.learner.ppo->actor->net, tr.learner.ppo);
    ppo_put_statistics(tr.learner.ppo->critic->net, tr.learner.ppo);
    status = is_written(&tr) ? SIM_OK : write_policy(&tr, err);
  }
  status = status ? status : fill_result(result, &tr, err);
  result->seconds_cpu = sim_time_cpu() - cpu;
  close_trainer(&tr);
  return status;
}

// ---- recording

typedef struct Recording {
  TaskHandOff *out;
  int n, max;
} Recording;

static void record_end(void *arg, const TaskEpisode *episode, const SimState *state,
                       const TaskStep *judgement) {
  Recording *recording = arg;
  const SimDrone *drone = &state->view.drone[TASK_LEARNER];
  // stat 1 of a strike tells a legal touch
  if (judgement->stat[1] > 0 && recording->n < recording->max) {
    TaskHandOff *off = &recording->out[recording->n++];
    off->drone = *drone;
    memcpy(off->point, episode->next.point, sizeof off->point);
  }
}

SimStatus skill_record(TaskHandOff *out, int *n, int max, const TaskConfig *config,
                       const PolNet *actor, int threads, uint64_t seed, SimError *err) {
  Recording recording = {.out = out, .max = max};
  const EnvEpisodeWatcher watcher = {.arg = &recording, .end = record_end};
  EnvSkillCount count;
  Task *task = task_create(config, NULL);
  const SimStatus status = play_task(&count, task, actor, eval_worlds(config), EVAL_DECISIONS,
                                     threads, seed, &watcher, err);
  task_destroy(task);
  *n = recording.n;
  return status;
}
