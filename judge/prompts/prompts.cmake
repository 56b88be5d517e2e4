# The built-in prompts, one file each: judge/prompts/<family>/<name>.txt.
set(ASSAY_PROMPTS
  engine/check
)
