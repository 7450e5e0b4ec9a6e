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
  VIZ_DO_SHOW,    // value: VizShown
  VIZ_DO_SWITCH,  // value: VizSwitch
  VIZ_DO_SCALE,
  // what the window does
  VIZ_DO_PANEL,  // 0 left, 1 right
  VIZ_DO_WISH,   // value: VizWish
} VizDo;

typedef enum VizShown { VIZ_SHOW_HELP, VIZ_SHOW_INFO, VIZ_SHOW_PROFILER, VIZ_SHOW_POLICY } VizShown;
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
