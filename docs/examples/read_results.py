import json, socket
stream = socket.socket(socket.AF_UNIX)
stream.connect("/run/edgenextd/results.sock")
for message in map(json.loads, stream.makefile()):
    if message["topic"].startswith("result/"): print(message["camera"], message["class_id"], message["score"], flush=True)
