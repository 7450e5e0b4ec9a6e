// The stages of a pipeline: which command each runs, from what it starts and what it leaves. All
// paths are below the run folder, in which the commands run:
//   stage1/ stage2/ stage3/   runs of the trainings, each a team over table volley
//   results/                  figures, one JSON object each
//   match/                    the log of the final
// Teams are named by their files: the name of a folder alone might be that of a team that ships.
#ifndef HCSP_PIPELINE_STAGES_H_
#define HCSP_PIPELINE_STAGES_H_

#include "hcsp/pipeline/child.h"
#include "hcsp/pipeline/settings.h"

typedef enum PipelineStageId {
  PIPELINE_STAGE_SKILLS,
  PIPELINE_STAGE_STRATEGY,
  PIPELINE_STAGE_COSELF,
  PIPELINE_STAGE_TABLE_1,  // skill tables
  PIPELINE_STAGE_TABLE_3,
  PIPELINE_STAGE_TEAMS,  // each against each
  PIPELINE_STAGE_OWN_1,  // each against itself
  PIPELINE_STAGE_OWN_2,
  PIPELINE_STAGE_OWN_3,
  PIPELINE_STAGE_MATCH,
  PIPELINE_STAGE_VERIFY,
  PIPELINE_STAGES,
} PipelineStageId;

enum { PIPELINE_STAGE_FILES = 5, PIPELINE_STAGE_SHIPPED = 8 };

typedef struct PipelineStage {
  const char *name;                         // in the manifest and in messages
  const char *title;                        // for people
  const char *folder;                       // what to remove to have it made again
  const char *files[PIPELINE_STAGE_FILES];  // patterns of what it leaves, ends with NULL
  const char
      *shipped[PIPELINE_STAGE_SHIPPED];  // patterns of what it reads below sim_home(), the same
  unsigned from;                         // stages whose files it starts from, one bit each
  // trainings: half done, they go on; others start afresh. What later stages build on is never
  // made again behind the user's back
  bool resumes, kept;
  const char *out;   // file for what it prints, NULL: none
  const char *team;  // that is measured, NULL: none or several
} PipelineStage;

const PipelineStage *pipeline_stage(PipelineStageId id);

// What distinguishes one pipeline from another, and how fast it may be.
typedef struct PipelineOrder {
  const PipelineSettings *settings;
  uint64_t seed;
  const char *device;  // of the trainings, NULL: as they choose
  int threads, checkpoint;
} PipelineOrder;

// The team that Stage II or III is told to start from (a word team=NAME for it), NULL: what the
// stage before made.
const char *pipeline_stage_start(PipelineTrained trained, const PipelineSettings *settings);

// The command of a stage without what changes nothing but the time, and the same with it.
void pipeline_stage_command(PipelineCommand *command, PipelineStageId id,
                            const PipelineOrder *order);
void pipeline_stage_command_here(PipelineCommand *command, PipelineStageId id,
                                 const PipelineOrder *order);

// CPU seconds that the stage takes, by the measured costs.
double pipeline_stage_cost(PipelineStageId id, const PipelineSettings *settings);
// The training whose decisions tell how far the stage is, or -1.
int pipeline_stage_trained(PipelineStageId id);

#endif  // HCSP_PIPELINE_STAGES_H_
