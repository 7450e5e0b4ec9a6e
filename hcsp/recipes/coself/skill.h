// A skill that goes on learning in matches: its networks, the policy that it began as, and the book
// of its strikes. Where the loss of Stage I has nothing to hold it, its policy is pulled to the one
// it began as by the divergence, whose weight follows a target.
#ifndef HCSP_RECIPES_COSELF_SKILL_H_
#define HCSP_RECIPES_COSELF_SKILL_H_

#include "hcsp/learn/ppo.h"
#include "hcsp/learn/strike_reward.h"
#include "hcsp/recipes/coself/config.h"
#include "hcsp/run/archive.h"

typedef struct CoselfSkill {
  char name[32];  // "set"
  PolSlot slot;
  PolFile *file;      // the team's, whose weights are those that learn
  PolNet *reference;  // what it began as
  TaskConfig *config;
  Ppo *ppo;
  Trajectory *flights;
  int64_t samples, updates;
  // of the last update
  PpoStats figures;
  double divergence;  // nats a sample from the reference
  // samples of an update, at most `most`
  int most;
  float *mean, *now;  // of the reference and of the policy: [most][SIM_ROTORS]
} CoselfSkill;

typedef struct CoselfSkillOptions {
  const CoselfConfig *config;
  KrnDevice *device;
  PolFile *file;         // to go on from; its weights change with every update
  const PolNet *critic;  // of the file's policy; NULL: a new one learns alone at first
  const char *task;      // coself_task_name
  PolSlot slot;
  uint64_t seed;
} CoselfSkillOptions;

// The skill of configs/skills that a slot learns in, for a team of that table.
const char *coself_task_name(const PolOptions *table, PolSlot slot);
// SIM_BAD_INPUT when the file is no strike of Stage I.
SimStatus coself_skill_create(CoselfSkill *skill, const CoselfSkillOptions *options, SimError *err);
void coself_skill_free(CoselfSkill *skill);  // zero-initialised is fine

// Learns from the settled strikes and forgets them. warm: only the critic does.
SimStatus coself_skill_update(CoselfSkill *skill, const CoselfConfig *config, double done,
                              SimError *err);
// What the weight of the divergence becomes when it was `divergence` under `pull`: larger by the
// factor above 1.5 x target, smaller below target / 1.5, within 1e-6 and 1e3.
double coself_kl_coef(double pull, double divergence, double target, double factor);

// Everything that goes on, under names that begin with the skill's.
void coself_skill_serialize(RunArchive *archive, CoselfSkill *skill);

#endif  // HCSP_RECIPES_COSELF_SKILL_H_
