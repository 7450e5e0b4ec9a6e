// What co-self-play leaves behind: the skills as policy files, a team, a report.
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hcsp/recipes/coself/internal.h"
#include "hcsp/recipes/skills/critic.h"
#include "hcsp/train/policy.h"
#include "policies/shipped.h"
#include "sim/base/log.h"
#include "sim/base/text.h"

static const char CALIBRATION[] = "skills/calibration.json",
                  CRITIC[] = "skills/" SKILLS_CRITIC_FILE;

// ---- policies

static const CoselfSkill *learner_of(const CoselfJoint *g, const PolFile *file) {
  for (int k = 0; k < g->skills; k++) {
    if (g->skill[k].file == file) {
      return &g->skill[k];
    }
  }
  return NULL;
}

// the slot after which the file of a slot is called: the first that has it
static const char *file_name(const PolTeam *team, PolSlot slot) {
  assert(team->skill[slot]);
  int first = (int)slot;
  for (int s = first; s >= 0; s--) {
    first = team->skill[s] == team->skill[slot] ? s : first;
  }
  return pol_slot_name((PolSlot)first);
}

static SimStatus skill_path(char path[SIM_PATH_MAX], const CoselfJoint *g, PolSlot slot,
                            SimError *err) {
  char name[96];
  snprintf(name, sizeof name, "skills/%s.safetensors", file_name(g->team, slot));
  return sim_path_join(path, run_policies(g->session.run), name, err);
}

static SimStatus save_skill(const CoselfJoint *g, PolSlot slot, SimError *err) {
  char path[SIM_PATH_MAX], name[96];
  const PolFile *file = g->team->skill[slot];
  const CoselfSkill *s = learner_of(g, file);
  if (!s) {
    const SimStatus status = skill_path(path, g, slot, err);
    return status ? status : pol_file_save(path, file, err);
  }
  // one that has learnt plays with no more noise than one of Stage I
  const TrainOrigin origin = {.steps = s->samples, .seed = g->t->options.seed};
  snprintf(name, sizeof name, "skills/%s", file_name(g->team, slot));
  return train_policy_save(NULL, &g->session, file, name, &origin, g->config->log_std_play, err);
}

static SimStatus save_skills(const CoselfJoint *g, SimError *err) {
  char folder[SIM_PATH_MAX];
  SimStatus status = sim_path_join(folder, run_policies(g->session.run), "skills", err);
  status = status ? status : sim_file_make_folder(folder, err);
  for (int slot = 0; status == SIM_OK && slot < POL_SLOTS; slot++) {
    status = g->team->skill[slot] ? save_skill(g, (PolSlot)slot, err) : SIM_OK;
  }
  return status;
}

static SimStatus save_critic(const CoselfJoint *g, SimError *err) {
  char path[SIM_PATH_MAX];
  const SimStatus status = sim_path_join(path, run_policies(g->session.run), CRITIC, err);
  return status == SIM_OK ? skills_critic_save(path, g->critic, err) : status;
}

// of the skills as they were saved, with the flight time in force
static SimStatus save_calibration(PolCalibration *c, const CoselfJoint *g, SimError *err) {
  char path[SIM_PATH_MAX];
  SimStatus status = SIM_OK;
  *c = (PolCalibration){.options_hash = g->team->options->hash, .flight = g->flight};
  snprintf(c->options, sizeof c->options, "%s", g->team->options->name);
  for (int i = 0; status == SIM_OK && i < POL_CALIBRATION_SKILLS; i++) {
    const PolSlot slot = pol_calibration_slots[i];
    PolFile *file = NULL;
    if (g->team->skill[slot]) {
      status = skill_path(path, g, slot, err);
      file = status == SIM_OK ? pol_file_load(path, err) : NULL;
      status = file ? SIM_OK : err->status;
    }
    c->skill[i] = file ? file->hash : pol_team_skill_hash(g->team, slot);
    pol_file_destroy(file);
  }
  pol_calibration_seal(c);
  status = status ? status : sim_path_join(path, run_policies(g->session.run), CALIBRATION, err);
  return status == SIM_OK ? pol_calibration_save(path, c, err) : status;
}

static SimStatus save_strategy(const CoselfJoint *g, uint64_t calibration, SimError *err) {
  char path[SIM_PATH_MAX];
  const TrainOrigin origin = {.steps = g->learner->decisions, .seed = g->t->options.seed};
  PolFile file = g->learner->file;
  file.calibration_hash = calibration;
  const SimStatus status =
      train_policy_save(path, &g->session, &file, "strategy", &origin, (double)INFINITY, err);
  // for the strategies that go on from it
  return status == SIM_OK ? skills_critic_save_beside(path, g->learner->ppo->critic->net, err)
                          : status;
}

// ---- the team

static char *team_text(const CoselfJoint *g) {
  const bool calibrated = pol_options_calibrated(g->team->options);
  const char *options = g->config->options[0] ? g->config->options : g->team->options->name;
  char *absolute = pol_ends_with(options, ".yaml") ? realpath(options, NULL) : NULL;
  SimText text;
  FILE *out = sim_text_open(&text);
  if (out) {
    fprintf(out,
            "# skills and strategy after %lld decisions of the strategy\nname: together\n"
            "options: %s\nstrategy: policies/strategy.safetensors\nsample: true\n%s%s"
            "critic: policies/%s\nmet: \"%s%s%s\"\nseeds: \"%llu\"\nskills:\n",
            (long long)g->learner->decisions, absolute ? absolute : options,
            g->base->sample_skills ? "" : "sample_skills: false\n",
            calibrated ? "calibration: policies/skills/calibration.json\n" : "", CRITIC,
            g->config->opponents, g->config->opponents[0] ? " " : "", g->team->name,
            (unsigned long long)g->options.seed);
    for (int slot = 0; slot < POL_SLOTS; slot++) {
      const bool net = g->team->skill[slot] != NULL;
      fprintf(out, "  %s: %s%s%s\n", pol_slot_name((PolSlot)slot), net ? "policies/skills/" : "",
              net ? file_name(g->team, (PolSlot)slot) : "classical", net ? ".safetensors" : "");
    }
  }
  free(absolute);
  return sim_text_close(&text);
}

SimStatus coself_joint_deploy(void *together, SimError *err) {
  const CoselfJoint *g = together;
  char path[SIM_PATH_MAX];
  PolCalibration calibration = {.hash = 0};
  SimStatus status = save_skills(g, err);
  status = status == SIM_OK ? save_critic(g, err) : status;
  if (status == SIM_OK && pol_options_calibrated(g->team->options)) {
    status = save_calibration(&calibration, g, err);
  }
  status = status == SIM_OK ? save_strategy(g, calibration.hash, err) : status;
  status = status ? status : run_file(path, g->session.run, "team.yaml", err);
  return status ? status : sim_text_save(path, team_text(g), err);
}

SimStatus coself_joint_conclude(void *together, SimError *err) {
  CoselfJoint *g = together;
  char path[SIM_PATH_MAX];
  SimStatus status = coself_joint_deploy(g, err);
  if (status != SIM_OK || !pol_options_calibrated(g->team->options)) {
    return status;
  }
  status = run_file(path, g->session.run, "team.yaml", err);
  PolTeam *team = status == SIM_OK ? pol_team_load(path, err) : NULL;
  EvalCalibration *c = team ? coself_find_flight(g, team, err) : NULL;
  status = c ? SIM_OK : err->status;
  if (c) {
    // the strategy names the calibration, whose kill tables come last
    g->flight = c->table[c->chosen].flight;
    status = coself_joint_deploy(g, err);
    status = status ? status : sim_path_join(path, run_policies(g->session.run), CALIBRATION, err);
    status = status ? status : eval_calibration_save(path, c, team, err);
  }
  free(c);
  pol_team_destroy(team);
  return status;
}
