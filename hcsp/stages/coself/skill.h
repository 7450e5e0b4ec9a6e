// A skill that goes on learning in matches: its networks, the policy that it began as, and the book
// of its strikes. Where the loss of Stage I has nothing to hold it, its policy is pulled to the one
// it began as by the divergence, whose weight follows a target.
#ifndef HCSP_STAGES_COSELF_SKILL_H_
#define HCSP_STAGES_COSELF_SKILL_H_

#include "hcsp/league/strikes.h"
#include "hcsp/learn/ppo.h"
#include "hcsp/run/checkpoint.h"
#include "hcsp/stages/coself/config.h"

typedef struct HcspCoselfSkill {
  char name[32];  // "set"
  PolSlot slot;
  PolFile *file;      // the team's, whose weights are those that learn
  PolNet *reference;  // what it began as
  HcspSkillConfig *config;
  HcspPpo *ppo;
  HcspFlights *flights;
  int64_t samples, updates;
  // of the last update
  HcspPpoFigures figures;
  double divergence;  // nats a sample from the reference
  // samples of an update, at most `most`
  int most;
  int32_t *index;
  float *advantage, *wanted, *obs, *action, *log_prob, *mean;
} HcspCoselfSkill;

typedef struct HcspCoselfSkillOptions {
  const HcspCoselfConfig *config;
  KrnDevice *device;
  PolFile *file;  // to go on from; its weights change with every update
  PolSlot slot;
  uint64_t seed;
} HcspCoselfSkillOptions;

// SIM_BAD_INPUT when the file is no strike of Stage I.
SimStatus hcsp_coself_skill_create(HcspCoselfSkill *skill, const HcspCoselfSkillOptions *options,
                                   SimError *err);
void hcsp_coself_skill_free(HcspCoselfSkill *skill);  // zero-initialised is fine

// Learns from the settled strikes and forgets them. warm: only the critic does.
SimStatus hcsp_coself_skill_update(HcspCoselfSkill *skill, const HcspCoselfConfig *config,
                                   double done, SimError *err);
// What the weight of the divergence becomes when it was `divergence` under `pull`: larger by the
// factor above 1.5 x target, smaller below target / 1.5, within 1e-6 and 1e3.
double hcsp_coself_pull(double pull, double divergence, double target, double factor);

// Arrays of a checkpoint under names that begin with the skill's; name[] keeps them. Returns their
// number, 0 without memory; values are to be freed.
enum { HCSP_COSELF_SKILL_BLOBS = 9, HCSP_COSELF_BLOB_NAME = 48 };
int hcsp_coself_skill_blobs(HcspBlob blob[HCSP_COSELF_SKILL_BLOBS],
                            char name[HCSP_COSELF_SKILL_BLOBS][HCSP_COSELF_BLOB_NAME],
                            HcspCoselfSkill *skill);
SimStatus hcsp_coself_skill_restore(HcspCoselfSkill *skill, const HcspCheckpoint *file,
                                    SimError *err);

#endif  // HCSP_STAGES_COSELF_SKILL_H_
