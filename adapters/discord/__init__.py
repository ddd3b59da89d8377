"""Kompas on Discord: slash commands, buttons, mentions and direct messages. Only this folder imports discord.py.

client.py   the connection: events in, answers out (the only file that waits for Discord)
inbound.py  what came in -> Request                    pure
render.py   Reply -> messages                          pure
choices.py  what can be pressed -> buttons and menus   pure
forms.py    a field to type in, there and back         pure
text.py     escaping, cutting, splitting               pure
tree.py     command specs -> the slash tree            pure
names.yaml  command words in the languages of Discord's clients
send.py     one answer: acknowledge, defer, fill
sender.py   posts without being asked, for quizzes
edits.py    changes of posts, thinned out
guard.py    refusals counted, so that Discord never bans the address
"""
