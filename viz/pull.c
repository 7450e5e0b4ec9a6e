#include "viz/pull.h"

#include <assert.h>

#include "sim/vec.h"

static int selected_body(const VizApp *app) {
  assert(app->scene.selected < SIM_BODIES);
  return app->scene.selected >= 0 ? app->model->body[app->scene.selected] : -1;
}

void viz_pull_start(VizApp *app, bool twist) {
  VizScene *scene = &app->scene;
  const int body = selected_body(app);
  if (body <= 0) {
    viz_app_say(app, false, "double-click a drone or the ball first");
    return;
  }
  if (!viz_player_live(&app->player)) {
    viz_app_say(app, false, "only live play can be pulled at");
    return;
  }
  scene->perturb.select = body;
  vec_set(scene->perturb.localpos, 0, 0, 0);
  // the spring is as stiff as the body is heavy, which only the full dynamics tell
  mj_forward(scene->mj, scene->data);
  mjv_initPerturb(scene->mj, scene->data, &scene->scene, &scene->perturb);
  scene->perturb.active = twist ? mjPERT_ROTATE : mjPERT_TRANSLATE;
}

void viz_pull_move(VizApp *app, int action, double dx, double dy) {
  VizScene *scene = &app->scene;
  if (scene->perturb.active) {
    mjv_movePerturb(scene->mj, scene->data, action, dx, dy, &scene->scene, &scene->perturb);
  }
}

void viz_pull_stop(VizApp *app) {
  const VizPull none = {.body = -1};
  if (app->scene.perturb.active) {
    app->scene.perturb.active = 0;
    viz_source_pull(app->source, &none);
  }
}

// the spring has a damper: it wants to know how fast the body moves
static void take_velocity(VizScene *scene, int which) {
  assert(which >= 0 && which < SIM_BODIES && scene->model->qvel[which] >= 0);
  const SimModel *model = scene->model;
  double *qvel = scene->data->qvel + model->qvel[which];
  if (which == SIM_BALL) {
    vec_copy(qvel, scene->view.ball_vel);
  } else {
    const SimDrone *drone = &scene->view.drone[which];
    vec_copy(qvel, drone->vel);
    rot_apply_inverse(qvel + 3, drone->rot, drone->angvel);
  }
  mj_comVel(scene->mj, scene->data);
}

void viz_pull_apply(VizApp *app) {
  VizScene *scene = &app->scene;
  if (!scene->perturb.active) {
    return;
  }
  if (!viz_player_live(&app->player) || selected_body(app) != scene->perturb.select) {
    viz_pull_stop(app);
    return;
  }
  VizPull pull = {.body = scene->selected};
  assert(pull.body >= 0 && pull.body < SIM_BODIES);
  double *force = scene->data->xfrc_applied + 6 * scene->perturb.select;
  take_velocity(scene, pull.body);
  mju_zero(force, 6);
  mjv_applyPerturbForce(scene->mj, scene->data, &scene->perturb);
  vec_copy(pull.force, force);
  vec_copy(pull.torque, force + 3);
  mju_zero(force, 6);
  mju_zero(scene->data->qvel, (int)scene->mj->nv);
  viz_source_pull(app->source, &pull);
}
