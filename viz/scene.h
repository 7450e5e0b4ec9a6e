// The picture of one moment: MuJoCo's abstract scene of court, drones and ball, and what we add to
// it (trails, landing mark, target rings, touch markers). Makes geometry only; drawing it is
// viz/draw.h. Everything is a function of the frames and the switches, so that a moment looks the
// same however the playhead came to it.
#ifndef VIZ_SCENE_H_
#define VIZ_SCENE_H_

#include <mujoco/mujoco.h>

#include "viz/source.h"

typedef enum VizCamera {
  VIZ_CAMERA_BROADCAST,
  VIZ_CAMERA_NET,
  VIZ_CAMERA_BEHIND_NEAR,
  VIZ_CAMERA_BEHIND_FAR,
  VIZ_CAMERA_TOP,
  VIZ_CAMERA_FOLLOW_BALL,
  VIZ_CAMERA_FOLLOW_DRONE,
  VIZ_CAMERAS,
  VIZ_CAMERA_FREE = VIZ_CAMERAS,
} VizCamera;

const char *viz_camera_name(VizCamera camera);  // "broadcast", ..., "free"
int viz_camera_find(const char *name);          // "behind-near", "behind_near"; -1 when unknown
// "broadcast, net, ..." of all that can be asked for.
void viz_camera_list(char *out, size_t size);

// What is drawn besides the bodies, and how. ints, because the panels write them.
typedef struct VizSwitches {
  int trails, shadow, rings, touches, labels, hud, choices;
  int ball_scale;  // 1..3 times true size
  int drone_scale;
  int group_court, group_drones, group_ball;
  int frames, transparent, wireframe, shadows, reflections, com, contacts, forces;
} VizSwitches;
VizSwitches viz_switches_default(void);

typedef struct VizScene {
  const SimModel *model;
  mjModel *mj;   // our copy, whose looks may change
  mjData *data;  // pose on the screen
  SimView view;  // the same as numbers, between two frames when time is slow
  mjvScene scene;
  mjvOption option;
  mjvCamera camera;
  mjvPerturb perturb;
  VizCamera preset;
  int fixed[VIZ_CAMERAS];  // MuJoCo's id of a preset, -1 when we make it
  int selected;            // drone 0..5, SIM_BALL, or -1
} VizScene;

SimStatus viz_scene_create(VizScene *scene, const SimModel *model, SimError *err);
void viz_scene_destroy(VizScene *scene);  // zeroed is fine

// Poses the bodies and fills scene->scene for frame `frame` + fraction of the source's rally.
// aspect: width / height of the picture.
void viz_scene_update(VizScene *scene, const VizSource *source, int frame, double fraction,
                      const VizSwitches *switches, double aspect);

void viz_scene_set_camera(VizScene *scene, VizCamera camera);
// Makes the present view the free camera, to be moved by the mouse from there.
void viz_scene_free_camera(VizScene *scene);

// Where a point appears, pixels from the bottom left; false when it is behind the camera.
bool viz_scene_project(double pixel[2], const VizScene *scene, const double point[3], int width,
                       int height);
// Pixels that a metre at this point takes, 0 behind the camera.
double viz_scene_pixels_per_metre(const VizScene *scene, const double point[3], int height);
// Body under relative window coordinates (0..1 from the bottom left): drone, SIM_BALL or -1. point
// gets where the ray meets something, when it does.
int viz_scene_pick(double point[3], VizScene *scene, double aspect, double x, double y);

#endif  // VIZ_SCENE_H_
