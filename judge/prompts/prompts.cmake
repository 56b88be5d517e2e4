# The built-in prompts, one file each: judge/prompts/<family>/<name>.txt.
set(ASSAY_PROMPTS
  claims/align
  claims/aspects
  claims/extract
  claims/verify
  claims/verify_knowledge
  coherence/conflicts
  coherence/ending
  coherence/promises
  coherence/window
  constraints/judge
  constraints/judge_part
  constraints/propose
  engine/check
)
