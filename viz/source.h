// Where frames come from: a match log or two teams that play right now. The rest of the viewer sees
// one thing, a rally that has some frames and may get more; live play appends, a log is read.
#ifndef VIZ_SOURCE_H_
#define VIZ_SOURCE_H_

#include "policies/play.h"
#include "policies/team.h"
#include "sim/model.h"
#include "sim/record/rally.h"
#include "viz/rally.h"

typedef struct VizSource VizSource;

// What the score board says about a match.
typedef struct VizInfo {
  bool live;
  char team[SIM_TEAMS][64];
  const SimRules *rules;
  uint64_t seed;
  bool practice;  // episodes of a task instead of rallies; teams are "success" and "failed"
  char task[64];  // its name
  int person;     // side that a person decides for, -1: none
  int rallies;    // of the log; 0: as many as somebody watches
  int skills;
  char skill[SIM_SKILL_NAMES_MAX][32];   // names of VizFrame.skill
  const PolOptions *options[SIM_TEAMS];  // tables of VizFrame.option, NULL when unknown
  int strategies[SIM_TEAMS];             // members of the mixture that a team is, 0 when unknown
  char strategy[SIM_TEAMS][POL_MIXTURE_MAX][POL_NAME_MAX];
} VizInfo;

// How a rally went.
typedef struct VizResult {
  int64_t number;  // in the run
  SimWinner winner;
  SimEventKind reason;
  int steps;
} VizResult;

// Who plays, for a log of live play.
typedef struct VizMatch {
  const SimModel *model;
  const PolTeam *team[SIM_TEAMS];
  bool person[SIM_TEAMS];  // decides for the side
  const SimRules *rules;
  uint64_t seed;
} VizMatch;

// Writes down what live play does. Rallies come one after the other from rally 0 on.
typedef struct VizLogKind {
  void *(*open)(const char *folder, const VizMatch *match, SimError *err);  // NULL and err
  SimStatus (*start)(void *log, const PolPlay *play, SimError *err);
  SimStatus (*step)(void *log, const PolPlay *play, SimError *err);
  SimStatus (*close)(void *log, SimError *err);  // frees it, too
} VizLogKind;

typedef struct VizLive {
  const char *near, *far;  // teams as pol_team_load takes them; "human" or "human:TEAM" for one of
                           // them: a person decides, TEAM's skills fly
  uint64_t seed;
  const SimRules *rules;
  const VizLogKind *log_kind;  // NULL: no log
  const char *log;             // its folder
} VizLive;

// What a person may decide now.
typedef struct VizAsk {
  bool open;    // something is asked
  bool urgent;  // it is about the next strike
  bool serve;   // it is about the serve, before the rally begins
  SimTeam team;
  int step;                   // of the state that asked
  bool asked[POL_HEADS_MAX];  // heads that are still to be answered
  uint32_t legal[POL_HEADS_MAX];
  VizCandidates candidates;  // of the touch that is asked
  bool turned;               // serves and shapes are the other way round: the ball is on the left
} VizAsk;

// Tells a model that is to be made in which world the log at path was played, and who moved the
// bodies. Fills info, which must outlive the making.
SimStatus viz_source_engine(SimModelOptions *options, SimLogInfo *info, const char *path,
                            SimError *err);
// path: what sim_log_open takes. The model stays the caller's. No rally is selected yet. NULL and
// err when there is no log or it is damaged.
VizSource *viz_source_open_log(const SimModel *model, const char *path, SimError *err);
// Loads the teams. NULL and err when one is missing or wrong.
VizSource *viz_source_open_live(const SimModel *model, const VizLive *live, SimError *err);
// Something that is practised, episode by episode.
typedef struct VizPractice {
  void *arg;
  char task[64];
  uint64_t seed;
  // Plays episode `number` to its end; the last frame's winner is near for a success, far
  // otherwise. NULL and err when it cannot.
  VizRally *(*play)(void *arg, int number, SimError *err);
  void (*close)(void *arg);
} VizPractice;

// Takes practice over, also when it fails.
VizSource *viz_source_open_practice(const SimModel *model, const VizPractice *practice,
                                    SimError *err);
// How the selected rally ended in its own words; "": as the referee says.
const char *viz_source_ending(const VizSource *source);
// Live play that goes on from a frame of the selected rally of another source with these teams; the
// frames up to it are taken over. Teams are shown all of the rally so far, so that a fork with the
// same teams plays on bit for bit as the rally did. SIM_USAGE in err when the rally is over at that
// frame or its exact states are not known.
VizSource *viz_source_fork(const VizSource *from, int frame, const char *near, const char *far,
                           SimError *err);
void viz_source_close(VizSource *source);  // NULL is fine

const VizInfo *viz_source_info(const VizSource *source);

// Shows rally number `rally` of the source: 0 .. info->rallies - 1 for a log, any for live play,
// which starts it unless it is one of the last few. SIM_BAD_INPUT when the log is damaged there;
// what was selected stays.
SimStatus viz_source_select(VizSource *source, int rally, SimError *err);
// What viz_source_select wants for the rally of this number in its run (hcsp info, the CSV tables);
// -1 and err (SIM_USAGE) when a log does not hold it.
int viz_source_find(VizSource *source, int64_t number, SimError *err);
// Starts the selected rally anew; a log has nothing to start.
SimStatus viz_source_restart(VizSource *source, SimError *err);
int viz_source_rally(const VizSource *source);  // -1 before the first select
// The number of the selected rally in its run, which is told to people; -1 before the first select.
int64_t viz_source_number(const VizSource *source);
// The result of rally number `rally` of the source; false when it is not known: not played yet, or
// damaged.
bool viz_source_result(VizResult *result, VizSource *source, int rally);
// Its winner, SIM_PLAYING when that is not known; nothing is looked up.
SimWinner viz_source_winner(VizSource *source, int rally);
// The tables of a rally of a log, without replaying it; SIM_USAGE in live play.
SimStatus viz_source_read(SimRally *out, SimLogInfo *info, VizSource *source, int rally,
                          SimError *err);
// Points of near and far in the rallies before the selected one.
void viz_source_score(int score[SIM_TEAMS], VizSource *source);

// Frames of the selected rally so far; they stay where they are until another is selected.
int viz_source_frames(const VizSource *source);
const VizFrame *viz_source_frame(const VizSource *source, int i);
// Touches of the frames so far, oldest first.
int viz_source_touches(const VizSource *source);
const VizTouch *viz_source_touch(const VizSource *source, int i);
// The decision in force in a frame, or NULL. Live: since the last fork.
const VizChoice *viz_source_choice(const VizSource *source, const VizFrame *frame, SimTeam team);
bool viz_source_over(const VizSource *source);  // whether the last of them ends the rally
// Whether the selected rally may still get frames.
bool viz_source_playing(const VizSource *source);
// One sentence about the selected rally ("replay differs ..."), or "".
const char *viz_source_warning(const VizSource *source);

// ---- live play; a log has all its frames at once and ignores these

// Plays on until the selected rally has n frames or is over.
SimStatus viz_source_produce(VizSource *source, int n, SimError *err);
// Starts the physics thread, which from then on keeps the clock.
SimStatus viz_source_start_thread(VizSource *source, SimError *err);
bool viz_source_threaded(const VizSource *source);
// Match seconds per second of the physics thread; 0 = stand still.
void viz_source_run(VizSource *source, double speed);
// What made the physics thread stop, SIM_OK when nothing did.
SimStatus viz_source_failure(VizSource *source, SimError *err);

// The head that is asked first, -1: none; and its n-th legal option, counted round, -1: none.
int viz_ask_head(const VizAsk *ask);
int viz_ask_option(const VizAsk *ask, int head, int n);
// Where an option of head leads, m, court frame.
void viz_ask_point(double point[3], const VizAsk *ask, const PolOptions *options, int head,
                   int option);
// What a person may decide; not open for a log, nor without a person.
void viz_source_ask(VizAsk *ask, VizSource *source);
// Takes an option of a head that is asked, from the next step on; false when it is none of them.
bool viz_source_choose(VizSource *source, int head, int option);
// Leaves what is asked to the team's strategy.
void viz_source_leave(VizSource *source);
// Why the log of live play has ended, once; false when there is nothing to say.
bool viz_source_take_note(char *out, size_t size, VizSource *source);

// Force (N) and torque (N m), court axes, on a body (drone 0..5 or SIM_BALL) from the next step on;
// body -1: none.
typedef struct VizPull {
  int body;
  double force[3], torque[3];
} VizPull;
void viz_source_pull(VizSource *source, const VizPull *pull);

#endif  // VIZ_SOURCE_H_
