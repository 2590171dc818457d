#!/bin/sh
#SBATCH --job-name=threshold
#SBATCH --array=1-32
#SBATCH --cpus-per-task=2
#SBATCH --mem=4G
#SBATCH --time=01:00:00
#
# From the checkout, once its packages and a browser are there (npm run study -- --help brings them):
#   parts=$(sbatch --parsable docs/studies/slurm.sh)
#   sbatch --dependency=afterok:$parts --wrap "npm run study -- threshold --merge results/parts --out results/threshold"
set -eu
npm run --silent study -- threshold --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" --out results/parts
