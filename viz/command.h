// What can be asked of the viewer, whoever asks: a key, a click, a panel, a test. Input becomes a
// command, the app carries it out on its state, and the picture is made from the state alone.
#ifndef VIZ_COMMAND_H_
#define VIZ_COMMAND_H_

typedef enum VizDo {
  VIZ_DO_NOTHING,
  // time
  VIZ_DO_PAUSE,
  VIZ_DO_STEP,       // value frames
  VIZ_DO_TOUCH,      // value touches
  VIZ_DO_RALLY,      // value rallies
  VIZ_DO_END,        // 0 the start of the rally, 1 its end
  VIZ_DO_SPEED,      // value steps of the ladder
  VIZ_DO_SET_SPEED,  // value: step of the ladder
  VIZ_DO_SEEK,       // value: frame
  VIZ_DO_SKIP,       // value seconds
  VIZ_DO_LOOP,
  VIZ_DO_RALLY_AT,  // value: index of a rally in its source
  VIZ_DO_RESTART,
  VIZ_DO_NEXT_SEED,
  VIZ_DO_INSTANT,
  VIZ_DO_SLOW_MOTION,
  VIZ_DO_GO_ON,
  // what is watched
  VIZ_DO_LIVE,
  VIZ_DO_FORK,
  VIZ_DO_RELOAD,
  VIZ_DO_DROP_SIDE,
  // camera
  VIZ_DO_CAMERA,       // value: VizCamera
  VIZ_DO_TURN_CAMERA,  // value cameras on
  VIZ_DO_FREE_CAMERA,
  VIZ_DO_ALIGN,
  VIZ_DO_SELECT,  // the next drone
  // looks
  VIZ_DO_HELP,    // the next page of it
  VIZ_DO_PAGE,    // value: VizPage, shown or put away
  VIZ_DO_SWITCH,  // value: offset of an int in VizSwitches
  VIZ_DO_SCALE,
  // a person's decisions
  VIZ_DO_CHOOSE,  // value: head * 64 + option
  VIZ_DO_LEAVE,   // what is asked to the strategy
  VIZ_DO_PACE,    // the next VizPace
  VIZ_DO_MORE,    // of the options that are asked
  // questions and the window
  VIZ_DO_ASK_RALLY,  // for the number of a rally to go to
  VIZ_DO_ASK_QUIT,
  VIZ_DO_PANEL,  // 0 left, 1 right
  VIZ_DO_WISH,   // value: VizWish
} VizDo;

// What the column at the side shows.
typedef enum VizPage {
  VIZ_PAGE_NONE,
  VIZ_PAGE_FACTS,
  VIZ_PAGE_PROFILER,
  VIZ_PAGE_PLAYERS,
  VIZ_PAGE_STATS,
  VIZ_PAGE_RALLIES,
  VIZ_PAGES,
} VizPage;

// What time does while a person is asked about the next strike. It always waits for the serve.
typedef enum VizPace { VIZ_PACE_SLOW, VIZ_PACE_STOP, VIZ_PACE_REAL, VIZ_PACES } VizPace;
enum { VIZ_CHOOSE_OPTIONS = 64 };

typedef enum VizWish {
  VIZ_WISH_QUIT,
  VIZ_WISH_PICTURE,
  VIZ_WISH_FULL_SCREEN,
  VIZ_WISH_COPY
} VizWish;

typedef struct VizCommand {
  VizDo what;
  int value;
} VizCommand;

#endif  // VIZ_COMMAND_H_
