#!/usr/bin/env bash
# onnxruntime (1.32.0): the operator Bernoulli draws 1 with probability 1 - p.
#
# Guess:   the input is the probability of 1, as in torch.bernoulli and in the definition of the operator.
# Happens: it is the probability of 0. The evaluator in the package onnx (1.23.2) takes it for that of 1. No warning is
#          raised, and at p = .5 there is no difference, so fair bits as a test don't show it.
# Seen:    100,000 draws each, opset 15 and 21, with and without a seed: p = .1 gives .90 of ones and p = .9 gives .10.
#          p = 0 gives ones only, and p = 1 zeros only. The evaluator of onnx gives .10, .90, 0 and 1.
# Met by:  whoever runs an exported sampler (an RBM's Gibbs step, dropout by hand, binary rows) with onnxruntime: the
#          older exporter of torch 2.13.0 (dynamo=False) writes torch.bernoulli as this operator.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
python3 -m pip install --quiet --disable-pip-version-check --no-compile --target packages \
  onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6

OMP_NUM_THREADS=1 PYTHONPATH=packages python3 - <<'PY'
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

onnxruntime.set_default_logger_severity(3)
print(f"onnxruntime {onnxruntime.__version__}, onnx {onnx.__version__}; share of ones in 100,000 draws")
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
seen = {}
for opset in (15, 21):
    for seed in ({}, {"seed": 1.0}):
        graph = helper.make_graph(
            [helper.make_node("Bernoulli", ["p"], ["bits"], **seed)],
            "bits",
            [helper.make_tensor_value_info("p", TensorProto.FLOAT, ["n"])],
            [helper.make_tensor_value_info("bits", TensorProto.FLOAT, ["n"])],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)
        onnx.checker.check_model(model, full_check=True)
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        for p in (0.0, 0.1, 0.5, 0.9, 1.0):
            given = {"p": np.full(100_000, p, np.float32)}
            here = float(session.run(None, given)[0].mean())
            other = float(ReferenceEvaluator(model).run(None, given)[0].mean())
            print(f"opset {opset}, {seed or 'no seed'}, p = {p}: {here:.3f}; by the evaluator of onnx {other:.3f}")
            seen[opset, bool(seed), p] = abs(here - (1 - p)) < 0.01 and abs(other - p) < 0.01
if not all(seen.values()):
    sys.exit("changed: Bernoulli does not draw 1 with probability 1 - p, or onnx's evaluator does")
PY
