// The playhead: which moment of which rally is on the screen. Time comes in from outside (the
// screen's clock, or 1/50 s a picture for a video), so that a video is the same however slow the
// machine. At the end of a rally it shows the deciding half second again in slow motion, waits with
// the result on the screen, and goes on to the next rally.
#ifndef VIZ_PLAYER_H_
#define VIZ_PLAYER_H_

#include "viz/source.h"

typedef enum VizPhase {
  VIZ_PLAY,  // the rally
  VIZ_PAUSE_BEFORE_SLOW,
  VIZ_SLOW,    // its last half second again
  VIZ_RESULT,  // the end stays on the screen
} VizPhase;

enum { VIZ_DECIDING_FRAMES = 50 };

typedef struct VizPlayer {
  VizSource *source;  // borrowed
  double at;          // frame of the rally, with the way to the next as fraction
  bool follow;        // at the newest frame of live play
  bool paused;
  bool slow_motion;  // the deciding moment is shown again
  bool go_on;        // to the next rally after the result
  bool loop;         // the same rally again, without slow motion or result
  bool instant;      // a replay of the last rally that returns to where it began
  int return_rally;
  double return_at;
  int speed_step;  // on the ladder of viz_player_speed
  VizPhase phase;
  double phase_time;  // s of screen time in this phase
} VizPlayer;

// At frame 0 of the selected rally of source, which may be NULL until viz_player_rewind.
void viz_player_init(VizPlayer *player, VizSource *source);
// The same after another rally or source was selected; speed and switches stay.
void viz_player_rewind(VizPlayer *player, VizSource *source);

// dt seconds of screen time pass. SIM_BAD_INPUT when the next rally of a log is damaged.
SimStatus viz_player_advance(VizPlayer *player, double dt, SimError *err);

// Match seconds per second, 1/64 .. 8, and how it is changed: up +1, down -1.
double viz_player_speed(const VizPlayer *player);
void viz_player_change_speed(VizPlayer *player, int by);
// Sets the step of the ladder nearest to speed.
void viz_player_set_speed(VizPlayer *player, double speed);

// Moves by whole frames and stays there, paused; beyond the newest frame of live play it plays one.
SimStatus viz_player_step(VizPlayer *player, int frames, SimError *err);
// Moves by seconds and goes on as before; beyond the newest frame it stops there.
void viz_player_skip(VizPlayer *player, double seconds);
// To the next or previous touch; to the end or start of the rally when there is none.
void viz_player_step_touch(VizPlayer *player, int by);
SimStatus viz_player_go_rally(VizPlayer *player, int rally, SimError *err);
void viz_player_seek(VizPlayer *player, int frame);
// Shows the last finished rally from its start, then returns to where it was.
SimStatus viz_player_instant_replay(VizPlayer *player, SimError *err);

// The frame on the screen (the last whole one), and how far the next one has come (0..1).
int viz_player_frame(const VizPlayer *player);
double viz_player_fraction(const VizPlayer *player);
// Whether physics should run now.
bool viz_player_live(const VizPlayer *player);
// Whether the end of the rally has been seen, so that result and score may be told.
bool viz_player_knows_end(const VizPlayer *player);

#endif  // VIZ_PLAYER_H_
