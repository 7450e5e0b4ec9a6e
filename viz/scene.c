#include "viz/scene.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/vec.h"
#include "viz/overlay.h"

enum { GEOMS_MAX = 4000, FOLLOW_FRAMES = 40 };
#define WIDE (16.0 / 9)  // aspect that the cameras of assets/court.xml are made for
#define PLAY_TOP 3.0     // m
#define BALL_EDGE 0.94   // of the way from the middle of the picture to its edge

static const char *const CAMERA_NAME[VIZ_CAMERAS + 1] = {
    "broadcast", "net", "behind-near", "behind-far", "top", "follow-ball", "follow-drone", "free"};

const char *viz_camera_name(VizCamera camera) {
  assert(camera <= VIZ_CAMERAS);
  return CAMERA_NAME[camera];
}

int viz_camera_find(const char *name) {
  for (int i = 0; i <= VIZ_CAMERAS; i++) {
    const char *a = name, *b = CAMERA_NAME[i];
    while (*a && (*a == *b || (*b == '-' && (*a == '_' || *a == ' ')))) {
      a++;
      b++;
    }
    if (*a == '\0' && *b == '\0') {
      return i;
    }
  }
  return -1;
}

void viz_camera_list(char *out, size_t size) {
  size_t used = 0;
  for (int i = 0; i < VIZ_CAMERAS && used < size; i++) {
    used += (size_t)snprintf(out + used, size - used, "%s%s", i > 0 ? ", " : "", CAMERA_NAME[i]);
  }
}

VizSwitches viz_switches_default(void) {
  return (VizSwitches){.trails = 1,
                       .shadow = 1,
                       .rings = 1,
                       .touches = 1,
                       .labels = 1,
                       .hud = 1,
                       .ball_scale = 1,
                       .drone_scale = 1,
                       .group_court = 1,
                       .group_drones = 1,
                       .group_ball = 1,
                       .shadows = 1,
                       .reflections = 1};
}

// ---- making and freeing

SimStatus viz_scene_create(VizScene *scene, const SimModel *model, SimError *err) {
  *scene = (VizScene){.model = model, .selected = -1};
  scene->mj = mj_copyModel(NULL, model->mj);
  scene->data = scene->mj ? mj_makeData(scene->mj) : NULL;
  if (!scene->data) {
    viz_scene_destroy(scene);
    return sim_error(err, SIM_FAIL, "no memory for the scene");
  }
  mjv_defaultScene(&scene->scene);
  mjv_makeScene(scene->mj, &scene->scene, GEOMS_MAX);
  mjv_defaultOption(&scene->option);
  mjv_defaultPerturb(&scene->perturb);
  mjv_defaultFreeCamera(scene->mj, &scene->camera);
  for (int i = 0; i < VIZ_CAMERAS; i++) {
    char name[32];
    snprintf(name, sizeof name, "%s", CAMERA_NAME[i]);
    for (char *c = name; *c; c++) {
      *c = *c == '-' ? '_' : *c;
    }
    scene->fixed[i] = mj_name2id(scene->mj, mjOBJ_CAMERA, name);
  }
  viz_scene_set_camera(scene, VIZ_CAMERA_BROADCAST);
  return SIM_OK;
}

void viz_scene_destroy(VizScene *scene) {
  if (scene->mj) {
    mjv_freeScene(&scene->scene);
    mj_deleteData(scene->data);
    mj_deleteModel(scene->mj);
  }
  *scene = (VizScene){.selected = -1};
}

// ---- pose

static void mix(double *out, const double *a, const double *b, int n, double t) {
  for (int i = 0; i < n; i++) {
    out[i] = a[i] + t * (b[i] - a[i]);
  }
}

static void mix_quat(double out[4], const double a[4], const double b[4], double t) {
  double other[4], dot = 0;
  for (int i = 0; i < 4; i++) {
    dot += a[i] * b[i];
  }
  for (int i = 0; i < 4; i++) {
    other[i] = dot < 0 ? -b[i] : b[i];
  }
  mix(out, a, other, 4, t);
  mju_normalize4(out);
}

// the bodies between two frames; slow motion would stutter at 100 frames a second
static void mix_views(SimView *out, const SimView *a, const SimView *b, double t) {
  *out = *a;
  mix(out->ball_pos, a->ball_pos, b->ball_pos, 3, t);
  for (int i = 0; i < SIM_DRONES; i++) {
    mix(out->drone[i].pos, a->drone[i].pos, b->drone[i].pos, 3, t);
    mix_quat(out->drone[i].quat, a->drone[i].quat, b->drone[i].quat, t);
  }
}

static void pose(VizScene *scene) {
  const SimModel *model = scene->model;
  double *qpos = scene->data->qpos;
  vec_copy(qpos + model->qpos[SIM_BALL], scene->view.ball_pos);
  for (int i = 0; i < SIM_DRONES; i++) {
    if (model->body[i] >= 0) {
      vec_copy(qpos + model->qpos[i], scene->view.drone[i].pos);
      memcpy(qpos + model->qpos[i] + 3, scene->view.drone[i].quat,
             sizeof scene->view.drone[i].quat);
    }
  }
  mj_kinematics(scene->mj, scene->data);
  mj_comPos(scene->mj, scene->data);
  mj_camlight(scene->mj, scene->data);
}

// ---- cameras

void viz_scene_set_camera(VizScene *scene, VizCamera camera) {
  assert(camera <= VIZ_CAMERAS);
  scene->preset = camera;
  if (camera != VIZ_CAMERA_FREE && scene->fixed[camera] >= 0) {
    scene->camera.type = mjCAMERA_FIXED;
    scene->camera.fixedcamid = scene->fixed[camera];
  } else if (camera == VIZ_CAMERA_FREE) {
    viz_scene_free_camera(scene);
  } else {
    scene->camera.type = mjCAMERA_FREE;
  }
}

void viz_scene_free_camera(VizScene *scene) {
  mjvCamera *camera = &scene->camera;
  if (camera->type == mjCAMERA_FREE) {
    scene->preset = VIZ_CAMERA_FREE;
    return;
  }
  double head[3], forward[3], up[3], right[3];
  mjv_cameraFrame(head, forward, up, right, scene->data, camera);
  // looks at the height of the net's middle where the view goes there, else 8 m ahead
  const double down = forward[2] < -0.05 ? (1.2 - head[2]) / forward[2] : 8;
  camera->distance = fmin(fmax(down, 2), 14);
  vec_add_scaled(camera->lookat, head, camera->distance, forward);
  camera->azimuth = atan2(forward[1], forward[0]) * 180 / M_PI;
  camera->elevation = asin(fmax(-1, fmin(1, forward[2]))) * 180 / M_PI;
  if (fabs(camera->elevation) > 89) {
    camera->azimuth = 90;
  }
  camera->type = mjCAMERA_FREE;
  camera->fixedcamid = -1;
  scene->preset = VIZ_CAMERA_FREE;
}

// mean of the last positions: a steady hand that depends on the frames alone
static void steady(double out[3], const VizSource *source, int frame, int body) {
  int n = 0;
  vec_set(out, 0, 0, 0);
  for (int i = frame; i >= 0 && i > frame - FOLLOW_FRAMES; i--, n++) {
    const SimView *view = &viz_source_frame(source, i)->state.view;
    vec_add_scaled(out, out, 1, body == SIM_BALL ? view->ball_pos : view->drone[body].pos);
  }
  assert(n > 0);
  for (int k = 0; k < 3; k++) {
    out[k] /= n;
  }
}

static void follow(VizScene *scene, const VizSource *source, int frame) {
  mjvCamera *camera = &scene->camera;
  const bool ball = scene->preset == VIZ_CAMERA_FOLLOW_BALL;
  const int drone = scene->selected >= 0 && scene->selected < SIM_DRONES ? scene->selected : 0;
  double at[3];
  steady(at, source, frame, ball ? SIM_BALL : drone);
  camera->type = mjCAMERA_FREE;
  if (ball) {
    vec_set(camera->lookat, 0.8 * at[0], 0.6 * at[1], 0.5 * fmin(fmax(at[2], 0.5), 5) + 0.75);
    camera->distance = 8.5;
    camera->azimuth = 90 - 3 * at[0];
    camera->elevation = -17;
  } else {
    vec_set(camera->lookat, at[0], at[1], at[2] + 0.15);
    camera->distance = 3.2;
    camera->azimuth = sim_team(drone) == SIM_NEAR ? 160 : 20;
    camera->elevation = -14;
  }
}

// ---- the scene

static bool belongs(const VizScene *scene, const mjvGeom *geom, int body) {
  return geom->objtype == mjOBJ_GEOM && geom->objid >= 0 && geom->objid < scene->mj->ngeom &&
         scene->mj->geom_bodyid[geom->objid] == body;
}

// draws a body larger than it is, about its own centre
static void enlarge(VizScene *scene, int body, int scale) {
  assert(body > 0 && body < scene->mj->nbody && scale >= 1);
  const double *centre = scene->data->xpos + 3 * body;
  for (int i = 0; scale != 1 && i < scene->scene.ngeom; i++) {
    mjvGeom *geom = &scene->scene.geoms[i];
    if (belongs(scene, geom, body)) {
      for (int k = 0; k < 3; k++) {
        geom->size[k] *= (float)scale;
        geom->pos[k] += (float)(scale - 1) * (geom->pos[k] - (float)centre[k]);
      }
    }
  }
}

static void hide(VizScene *scene, int body) {
  int kept = 0;
  for (int i = 0; i < scene->scene.ngeom; i++) {
    if (!belongs(scene, &scene->scene.geoms[i], body)) {
      if (kept != i) {
        scene->scene.geoms[kept] = scene->scene.geoms[i];
      }
      kept++;
    }
  }
  scene->scene.ngeom = kept;
}

static void apply_switches(VizScene *scene, const VizSwitches *switches) {
  mjvOption *option = &scene->option;
  option->geomgroup[0] = (mjtByte)(switches->group_court != 0);
  option->geomgroup[1] = option->geomgroup[2] = 1;
  option->geomgroup[3] = 0;
  option->frame = switches->frames ? mjFRAME_BODY : mjFRAME_NONE;
  option->flags[mjVIS_TRANSPARENT] = (mjtByte)(switches->transparent != 0);
  option->flags[mjVIS_COM] = (mjtByte)(switches->com != 0);
  option->flags[mjVIS_CONTACTPOINT] = (mjtByte)(switches->contacts != 0);
  option->flags[mjVIS_CONTACTFORCE] = (mjtByte)(switches->forces != 0);
  scene->scene.flags[mjRND_SHADOW] = (mjtByte)(switches->shadows != 0);
  scene->scene.flags[mjRND_REFLECTION] = (mjtByte)(switches->reflections != 0);
  scene->scene.flags[mjRND_WIREFRAME] = (mjtByte)(switches->wireframe != 0);
}

// ---- framing

// widens, or narrows, what the camera sees
static void zoom(VizScene *scene, double by) {
  for (int i = 0; i < 2; i++) {
    mjvGLCamera *camera = &scene->scene.camera[i];
    camera->frustum_bottom *= (float)by;
    camera->frustum_top *= (float)by;
    camera->frustum_width *= (float)by;
  }
}

// how far towards the edges of the picture the court reaches, up to the height of the net's play;
// 1: to the edge
static double reach_of_court(const VizScene *scene, double aspect) {
  enum { SIDE = 1000, CORNERS = 8 };
  double reach = 0.1;
  for (int i = 0; i < CORNERS; i++) {
    const double corner[3] = {i & 1 ? SIM_COURT_HALF_X : -SIM_COURT_HALF_X,
                              i & 2 ? SIM_COURT_HALF_Y : -SIM_COURT_HALF_Y, i & 4 ? PLAY_TOP : 0};
    double pixel[2];
    if (viz_scene_project(pixel, scene, corner, (int)(SIDE * aspect), SIDE)) {
      reach = fmax(reach, fabs(pixel[0] / (SIDE * aspect) * 2 - 1));
      reach = fmax(reach, fabs(pixel[1] / SIDE * 2 - 1));
    }
  }
  return reach;
}

// the cameras are set up for wide pictures: in others the court fills as much
static void frame_court(VizScene *scene, double aspect) {
  if (aspect > 0.01) {
    const double by = reach_of_court(scene, aspect) / reach_of_court(scene, WIDE);
    zoom(scene, fmin(fmax(by, 0.5), 4));
  }
}

// a ball that would leave the picture takes its edge along
static void frame_ball(VizScene *scene, double aspect) {
  enum { SIDE = 1000 };
  double pixel[2];
  if (!(aspect > 0) ||
      !viz_scene_project(pixel, scene, scene->view.ball_pos, (int)(SIDE * aspect), SIDE)) {
    return;
  }
  const double x = fabs(pixel[0] / (SIDE * aspect) * 2 - 1), y = fabs(pixel[1] / SIDE * 2 - 1);
  const double out = fmax(x, y) / BALL_EDGE;
  if (out > 1) {
    zoom(scene, fmin(out, 3));
  }
}

void viz_scene_update(VizScene *scene, const VizSource *source, int frame, double fraction,
                      const VizSwitches *switches, double aspect) {
  const SimView *view = &viz_source_frame(source, frame)->state.view;
  const bool between = fraction > 0 && frame + 1 < viz_source_frames(source);
  mix_views(&scene->view, view, between ? &viz_source_frame(source, frame + 1)->state.view : view,
            between ? fraction : 0);
  pose(scene);
  if (scene->preset == VIZ_CAMERA_FOLLOW_BALL || scene->preset == VIZ_CAMERA_FOLLOW_DRONE) {
    follow(scene, source, frame);
  }
  apply_switches(scene, switches);
  mjv_updateScene(scene->mj, scene->data, &scene->option, &scene->perturb, &scene->camera,
                  mjCAT_ALL, &scene->scene);
  if (scene->preset != VIZ_CAMERA_FREE) {
    frame_court(scene, aspect);
    frame_ball(scene, aspect);
  }
  for (int i = 0; i < SIM_BODIES; i++) {
    const bool drawn = i == SIM_BALL ? switches->group_ball : switches->group_drones;
    const bool there = i == SIM_BALL || sim_present(view, i);
    if (scene->model->body[i] >= 0 && (!drawn || !there)) {
      hide(scene, scene->model->body[i]);
    } else if (scene->model->body[i] >= 0) {
      enlarge(scene, scene->model->body[i],
              i == SIM_BALL ? switches->ball_scale : switches->drone_scale);
    }
  }
  viz_overlay_add(scene, source, frame, switches);
}

// ---- between pixels and metres

bool viz_scene_project(double pixel[2], const VizScene *scene, const double point[3], int width,
                       int height) {
  const mjvGLCamera camera = mjv_averageCamera(&scene->scene.camera[0], &scene->scene.camera[1]);
  double offset[3], forward[3], up[3], right[3];
  for (int k = 0; k < 3; k++) {
    offset[k] = point[k] - (double)camera.pos[k];
    forward[k] = (double)camera.forward[k];
    up[k] = (double)camera.up[k];
  }
  vec_cross(right, forward, up);
  const double depth = vec_dot(offset, forward);
  if (depth < 0.05 || height <= 0) {
    return false;
  }
  const double near = (double)camera.frustum_near;
  const double bottom = (double)camera.frustum_bottom, top = (double)camera.frustum_top;
  const double half_width = (top - bottom) / 2 * width / height;
  const double x = vec_dot(offset, right) * near / depth - (double)camera.frustum_center;
  const double y = vec_dot(offset, up) * near / depth;
  pixel[0] = (x / half_width + 1) / 2 * width;
  pixel[1] = (y - bottom) / (top - bottom) * height;
  return true;
}

double viz_scene_pixels_per_metre(const VizScene *scene, const double point[3], int height) {
  const mjvGLCamera camera = mjv_averageCamera(&scene->scene.camera[0], &scene->scene.camera[1]);
  double depth = 0;
  for (int k = 0; k < 3; k++) {
    depth += (point[k] - (double)camera.pos[k]) * (double)camera.forward[k];
  }
  const double tall = (double)camera.frustum_top - (double)camera.frustum_bottom;
  return depth > 0.05 ? height * (double)camera.frustum_near / (depth * tall) : 0;
}

int viz_scene_pick(double point[3], VizScene *scene, double aspect, double x, double y) {
  int geom = -1, flex = -1, skin = -1;
  const int body = mjv_select(scene->mj, scene->data, &scene->option, aspect, x, y, &scene->scene,
                              point, &geom, &flex, &skin);
  for (int i = 0; body > 0 && i < SIM_BODIES; i++) {
    if (scene->model->body[i] == body) {
      return i;
    }
  }
  return -1;
}
