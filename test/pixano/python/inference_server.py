"""Stands in for a pixano-inference server, which Pixano 0.8.0 needs for embeddings and for search: what it is asked
over HTTP by the client pixano-inference-client 0.1.0, answered by open_clip with the test model. Prints its port.
usage: inference_server.py CHECKPOINTS"""
import base64
import datetime
import io
import socket
import time
import uuid

import open_clip
import PIL.Image
import torch
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from tiny_clip import NAME, OPTIONS

model, _, preprocess = open_clip.create_model_and_transforms(NAME, pretrained=OPTIONS["pretrained"])
model.eval()
tokenize = open_clip.get_tokenizer(NAME)
app = FastAPI()


@app.get("/v1/ready")
def ready():
    return {"status": "ready"}


@app.get("/v1/info")
def info():
    return {"appVersion": "stand-in"}


@app.get("/v1/models")
def models():
    return [{"name": NAME, "capability": "embedding", "modelClass": "OpenClip", "modelPath": None, "status": "RUNNING"}]


@app.post("/v1/inference/embedding")
async def embedding(request: Request):
    body, started = await request.json(), time.time()
    if body["model"] != NAME:
        message = f"Model '{body['model']}' is not deployed."
        return JSONResponse({"error": {"code": "model_not_found", "message": message}}, status_code=404)
    with torch.no_grad():
        features = texts(body["text"]) if body.get("text") is not None else images(body["image"])
        vectors = (features / features.norm(dim=-1, keepdim=True)).numpy().astype("<f4")
    data = base64.b64encode(vectors.tobytes()).decode()
    return {
        "id": uuid.uuid4().hex,
        "status": "success",
        "timestamp": datetime.datetime.now().isoformat(),
        "processingTime": time.time() - started,
        "metadata": {},
        "data": {
            "embeddings": {"shape": list(vectors.shape), "dtype": "float32", "data": data},
            "dim": vectors.shape[1],
        },
    }


def texts(text):
    return model.encode_text(tokenize([text] if isinstance(text, str) else text))


def images(image):
    uris = [image] if isinstance(image, str) else image
    files = [io.BytesIO(base64.b64decode(uri.split(",", 1)[1])) for uri in uris]
    return model.encode_image(torch.stack([preprocess(PIL.Image.open(file)) for file in files]))


listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])
