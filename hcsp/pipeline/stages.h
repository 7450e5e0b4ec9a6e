// The stages of a pipeline: which command each runs, from what it starts and what it leaves. All
// paths are below the run folder, in which the commands run:
//   stage1/ stage2/ stage3/   runs of the trainings, each a team; Stage II starts from
//                             stage1/stage1_plus.yaml
//   results/                  figures, one JSON object each
//   match/                    the log of the final
// Teams are named by their files: the name of a folder alone might be that of a team that ships.
#ifndef HCSP_PIPELINE_STAGES_H_
#define HCSP_PIPELINE_STAGES_H_

#include "hcsp/pipeline/child.h"
#include "hcsp/pipeline/settings.h"

typedef enum HcspStageId {
  HCSP_STAGE_SKILLS,
  HCSP_STAGE_CALIBRATE,
  HCSP_STAGE_STRATEGY,
  HCSP_STAGE_COSELF,
  HCSP_STAGE_TABLE_1,  // skill tables
  HCSP_STAGE_TABLE_3,
  HCSP_STAGE_TEAMS,    // each against each
  HCSP_STAGE_KILLS_3,  // kill table of the skills of Stage III
  HCSP_STAGE_OWN_1,    // each against itself
  HCSP_STAGE_OWN_2,
  HCSP_STAGE_OWN_3,
  HCSP_STAGE_MATCH,
  HCSP_STAGE_VERIFY,
  HCSP_STAGES,
} HcspStageId;

enum { HCSP_STAGE_FILES = 5, HCSP_STAGE_SHIPPED = 8 };

typedef struct HcspStage {
  const char *name;                         // in the manifest and in messages
  const char *title;                        // for people
  const char *folder;                       // what to remove to have it made again
  const char *files[HCSP_STAGE_FILES];      // patterns of what it leaves, ends with NULL
  const char *shipped[HCSP_STAGE_SHIPPED];  // patterns of what it reads below sim_home(), the same
  unsigned from;                            // stages whose files it starts from, one bit each
  // trainings: half done, they go on; others start afresh. What later stages build on is never
  // made again behind the user's back
  bool resumes, kept;
  const char *out;  // file for what it prints, NULL: none
} HcspStage;

const HcspStage *hcsp_stage(HcspStageId id);

// What distinguishes one pipeline from another, and how fast it may be.
typedef struct HcspPipelineOrder {
  const HcspPipelineSettings *settings;
  uint64_t seed;
  const char *device;  // of the trainings, NULL: as they choose
  int threads, checkpoint;
} HcspPipelineOrder;

// The command of a stage without what changes nothing but the time, and the same with it.
void hcsp_stage_command(HcspCommand *command, HcspStageId id, const HcspPipelineOrder *order);
void hcsp_stage_command_here(HcspCommand *command, HcspStageId id, const HcspPipelineOrder *order);

// CPU seconds that the stage takes, by the measured costs.
double hcsp_stage_cost(HcspStageId id, const HcspPipelineSettings *settings);
// The training whose decisions tell how far the stage is, or -1.
int hcsp_stage_trained(HcspStageId id);

#endif  // HCSP_PIPELINE_STAGES_H_
