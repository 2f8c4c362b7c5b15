"""Graphs of ONNX and modules of PyTorch become files and models again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from swreg.errors import SwregError
from swreg.formats import load_model, save_model

numpy = pytest.importorskip("numpy", reason="numpy is missing")


def test_a_graph_of_onnx_comes_back(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="onnx is missing")
    from onnx.reference import ReferenceEvaluator

    graph = _graph(onnx)
    saved = save_model(graph, tmp_path)
    assert set(saved.files) == {"model.pkl", "model.onnx"}
    given = {"x": numpy.ones((1, 2), dtype=numpy.float32)}
    run: Any = ReferenceEvaluator(graph).run(None, given)
    for file in (tmp_path, tmp_path / "model.pkl"):
        again: Any = ReferenceEvaluator(load_model(file)).run(None, given)
        numpy.testing.assert_array_equal(again[0], run[0])


def _graph(onnx: Any) -> Any:
    kind = onnx.TensorProto.FLOAT
    weights = onnx.numpy_helper.from_array(numpy.array([[2.0], [3.0]], dtype="f4"), "w")
    return onnx.helper.make_model(
        onnx.helper.make_graph(
            [onnx.helper.make_node("MatMul", ["x", "w"], ["y"])],
            "score",
            [onnx.helper.make_tensor_value_info("x", kind, [None, 2])],
            [onnx.helper.make_tensor_value_info("y", kind, [None, 1])],
            [weights],
        ),
        opset_imports=[onnx.helper.make_opsetid("", 17)],
        ir_version=9,
    )


@pytest.mark.parametrize("location", ["../weights", "/etc/hostname"])
def test_a_graph_does_not_read_files_elsewhere(tmp_path: Path, location: str) -> None:
    onnx = pytest.importorskip("onnx", reason="onnx is missing")
    (tmp_path / "weights").write_bytes(bytes(8))
    folder = tmp_path / "folder"
    folder.mkdir()
    graph = _graph(onnx)
    tensor = graph.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", location
    (folder / "model.onnx").write_bytes(graph.SerializeToString())
    with pytest.raises(SwregError, match="outside its folder"):
        load_model(folder)


def test_a_module_of_torch_comes_back(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="torch is missing")
    pytest.importorskip("safetensors", reason="safetensors is missing")
    model = torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.ReLU(), torch.nn.Linear(4, 1)
    ).eval()
    saved = save_model(model, tmp_path)
    assert set(saved.files) == {"model.pkl", "weights.safetensors"}
    again = load_model(tmp_path)
    given = torch.ones(2, 3)
    assert torch.equal(again(given), model(given))
    weights = load_model(tmp_path / "weights.safetensors")
    assert torch.equal(weights["0.weight"], model[0].weight)


def test_weights_of_torch_come_back(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="torch is missing")
    pytest.importorskip("safetensors", reason="safetensors is missing")
    layer = torch.nn.Linear(3, 2)
    weights = {**layer.state_dict(), "tied": layer.weight.detach()}
    saved = save_model(weights, tmp_path)
    assert set(saved.files) == {"model.pkl", "model.safetensors"}
    torch.save(layer.state_dict(), tmp_path / "own.pt")
    for file in (tmp_path, tmp_path / "own.pt", tmp_path / "model.pkl"):
        assert torch.equal(load_model(file)["weight"], layer.weight)


def test_a_module_saved_whole_by_torch_needs_a_word(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="torch is missing")
    torch.save(torch.nn.Linear(2, 1), tmp_path / "model.pt")
    with pytest.raises(SwregError, match=r"more than weights.*torch\.nn\.modules\.linear\.Linear"):
        load_model(tmp_path)
    assert isinstance(load_model(tmp_path, trust=True), torch.nn.Linear)
