import os,sys
os.execv(sys.executable,[sys.executable,"/work/main/tools/postgres/postgres.py","run","18",*sys.argv[2:]])
