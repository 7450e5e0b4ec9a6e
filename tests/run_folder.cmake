# the run folder: who may open it, figures, dashboard, checkpoints
hcsp_test(run_folder LABELS unit LINKS hcsp_run)
hcsp_test(run_inputs LABELS unit LINKS hcsp_run)
hcsp_test(run_metrics LABELS unit LINKS hcsp_run)
hcsp_test(run_dashboard LABELS unit LINKS hcsp_run)
if(TARGET test_run_dashboard)
  target_link_options(test_run_dashboard PRIVATE -Wl,--wrap=sim_time_wall)
endif()
hcsp_test(run_checkpoint LABELS unit LINKS hcsp_run)

hcsp_fuzz(checkpoint READER hcsp_run)
